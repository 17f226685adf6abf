<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Relations\BelongsTo;
use Illuminate\Support\Carbon;

/**
 * Something said in a room.
 *
 * @property int $id
 * @property int $room_id
 * @property int $user_id
 * @property string $key the sender's own name for it, unique for the sender: a message sent twice is stored once
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
     * The message as the page gets it, from here and over the socket alike.
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
