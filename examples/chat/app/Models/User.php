<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Relations\HasMany;
use Illuminate\Foundation\Auth\User as Authenticatable;

/**
 * A user of the chat. Without a password the name is temporary: nobody can log in with it again.
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
     * The data of a user that the page needs.
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
