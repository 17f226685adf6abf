<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Models;

use Illuminate\Database\Eloquent\Model;

/**
 * @property int $id
 * @property string $name
 */
final class Room extends Model
{
    public $timestamps = false;

    protected $guarded = [];
}
