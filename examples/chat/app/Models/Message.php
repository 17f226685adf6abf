<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Relations\BelongsTo;
use Illuminate\Support\Carbon;

/**
 * A message in a room.
 *
 * @property int $id
 * @property int $room_id
 * @property int $user_id
 * @property string $key the sender's key of the message, unique for the sender: a message that is sent twice is stored once
 * @property string $text
 * @property Carbon $created_at
 * @property User $user
 */
final class Message extends Model
{
    public const UPDATED_AT = null;

    protected $fillable = ['user_id', 'key', 'text'];

    /** @return BelongsTo<User, $this> */
    public function user(): BelongsTo
    {
        return $this->belongsTo(User::class);
    }

    /** @return BelongsTo<Room, $this> */
    public function room(): BelongsTo
    {
        return $this->belongsTo(Room::class);
    }

    /**
     * The message in the form that the page gets, over HTTP and over the socket.
     *
     * @return array{id: int, key: string, text: string, at: string, user: array{id: int, name: string, avatar: string|null}}
     */
    public function card(): array
    {
        return [
            'id' => $this->id,
            'key' => $this->key,
            'text' => $this->text,
            'at' => $this->created_at->toIso8601ZuluString(),
            'user' => $this->user->card(),
        ];
    }
}
