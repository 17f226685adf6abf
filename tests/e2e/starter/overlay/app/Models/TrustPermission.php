<?php

declare(strict_types=1);

namespace App\Models;

use Laratrust\Models\Permission;

final class TrustPermission extends Permission
{
    public $guarded = [];
}
