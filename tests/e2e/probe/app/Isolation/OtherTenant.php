<?php

declare(strict_types=1);

namespace App\Isolation;

use Illuminate\Database\Eloquent\Model;

/**
 * A model of nobody's, for kinds that change something of models.
 */
final class OtherTenant extends Model
{
    protected $table = 'users';

    /** Code of the application: it is not booted before the jobs. */
    protected static function booted(): void
    {
    }
}
