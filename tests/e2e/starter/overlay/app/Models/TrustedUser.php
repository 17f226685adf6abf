<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Laratrust\Contracts\LaratrustUser;
use Laratrust\Traits\HasRolesAndPermissions;

/** A user for Laratrust, whose trait has the same method names as the other package's. */
final class TrustedUser extends Model implements LaratrustUser
{
    use HasRolesAndPermissions;

    protected $table = 'users';
}
