<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Illuminate\Database\Eloquent\Relations\HasMany;

/**
 * @property int $id
 * @property string $slug the room's name in URLs and channels
 * @property string $name
 * @property string $topic
 */
final class Room extends Model
{
    protected $fillable = ['slug', 'name', 'topic'];

    public function getRouteKeyName(): string
    {
        return 'slug';
    }

    /** @return HasMany<Message, $this> */
    public function messages(): HasMany
    {
        return $this->hasMany(Message::class);
    }

    /** The channel of all connections in the room. */
    public function channel(): string
    {
        return "room.$this->slug";
    }
}
