<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Relations\HasMany;
use Illuminate\Foundation\Auth\User as Authenticatable;

/**
 * Somebody who chats. Without a password the name is only borrowed: nobody can log in to it again.
 *
 * @property int $id
 * @property string $name
 * @property string|null $password
 * @property string|null $avatar path on the public disk
 */
final class User extends Authenticatable
{
    protected $fillable = ['name', 'password', 'avatar'];

    protected $hidden = ['password', 'remember_token'];

    protected $attributes = ['password' => null, 'avatar' => null];

    protected $casts = ['password' => 'hashed'];

    /** @return HasMany<Message, $this> */
    public function messages(): HasMany
    {
        return $this->hasMany(Message::class);
    }

    /**
     * What the page needs to know of somebody.
     *
     * @return array{id: int, name: string, avatar: string|null}
     */
    public function card(): array
    {
        return [
            'id' => $this->id,
            'name' => $this->name,
            'avatar' => $this->avatar === null ? null : "/storage/$this->avatar",
        ];
    }
}
