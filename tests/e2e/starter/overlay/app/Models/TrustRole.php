<?php

declare(strict_types=1);

namespace App\Models;

use Laratrust\Models\Role;

final class TrustRole extends Role
{
    public $guarded = [];
}
