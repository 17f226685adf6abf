<?php

declare(strict_types=1);

namespace App\Databases;

use RuntimeException;

final class Uncaught extends RuntimeException
{
}
