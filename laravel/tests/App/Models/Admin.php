<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Models;

use Illuminate\Foundation\Auth\User as Authenticatable;

/** A user of the guard "admin". */
class Admin extends Authenticatable
{
    public $timestamps = false;

    protected $table = 'users';

    protected $guarded = [];
}
