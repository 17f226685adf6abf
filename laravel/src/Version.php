<?php

declare(strict_types=1);

namespace Laraman;

use RuntimeException;

/**
 * The version of this package, and of the program that is built from the same source: CMakeLists.txt reads it here.
 */
final class Version
{
    public const NUMBER = '0.2.0';

    /**
     * The program and the package are compatible if their major and minor versions are the same.
     *
     * @param  string|false  $program  version of the program; false if this process is not of it
     *
     * @throws RuntimeException
     */
    public static function check(string|false $program): void
    {
        if ($program !== false && self::minor($program) !== self::minor(self::NUMBER)) {
            throw new RuntimeException(sprintf(
                'The program laraman is version %s and the package laraman/laraman %s; they need the same major and minor number. Update the program: php artisan laraman:install, or apt install laraman.',
                $program,
                self::NUMBER,
            ));
        }
    }

    private static function minor(string $version): string
    {
        return implode('.', array_slice(explode('.', $version), 0, 2));
    }
}
