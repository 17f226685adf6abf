<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Models;

use Illuminate\Contracts\Auth\MustVerifyEmail;
use Illuminate\Foundation\Auth\User as Authenticatable;

/** A user whose address has to be verified. */
final class VerifiedUser extends Authenticatable implements MustVerifyEmail
{
    public $timestamps = false;

    protected $table = 'users';
}
