<?php

declare(strict_types=1);

namespace App\Models;

use Illuminate\Database\Eloquent\Model;
use Laratrust\Contracts\LaratrustUser;
use Laratrust\Traits\HasRolesAndPermissions;

/** A user as Laratrust sees one; its names are those that the other package's trait has, too. */
final class TrustedUser extends Model implements LaratrustUser
{
    use HasRolesAndPermissions;

    protected $table = 'users';
}
