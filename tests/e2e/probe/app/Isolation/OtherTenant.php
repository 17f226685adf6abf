<?php

declare(strict_types=1);

namespace App\Isolation;

use Illuminate\Database\Eloquent\Model;

/**
 * An unused model, for kinds that change models.
 */
final class OtherTenant extends Model
{
    protected $table = 'users';

    /** Application code: so the model does not boot in advance. */
    protected static function booted(): void
    {
    }
}
