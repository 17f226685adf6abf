<?php

declare(strict_types=1);

namespace Laraman\Tests;

use Laraman\Version;
use PHPUnit\Framework\TestCase;
use RuntimeException;

final class VersionTest extends TestCase
{
    public function test_program_and_package_fit_if_major_and_minor_are_the_same(): void
    {
        [$major, $minor] = explode('.', Version::NUMBER);

        Version::check(Version::NUMBER);
        Version::check("$major.$minor.999");
        Version::check(false);

        $this->expectException(RuntimeException::class);
        $this->expectExceptionMessage("The program laraman is version $major.999.0 and the package laraman/laraman ".Version::NUMBER);

        Version::check("$major.999.0");
    }

    public function test_the_branch_is_of_this_version(): void
    {
        /** @var array{extra: array{branch-alias: array<string, string>}} $composer */
        $composer = json_decode((string) file_get_contents(dirname(__DIR__).'/composer.json'), true);
        [$major, $minor] = explode('.', Version::NUMBER);

        self::assertSame("$major.$minor.x-dev", $composer['extra']['branch-alias']['dev-main']);
    }
}
