<?php

declare(strict_types=1);

namespace Laraman\Tests\Console;

use Closure;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Http\Client\Factory;
use Laraman\Console\ProgramArchive;
use PharData;
use PHPUnit\Framework\TestCase;
use RuntimeException;

final class ProgramArchiveTest extends TestCase
{
    private string $directory;

    private string $file;

    private string $server;

    /** @var resource */
    private $process;

    protected function setUp(): void
    {
        $this->directory = sys_get_temp_dir().'/laraman-archive-'.bin2hex(random_bytes(6));
        mkdir($this->directory);
        $this->file = "$this->directory/".ProgramArchive::name();
        $minor = PHP_MAJOR_VERSION.'.'.PHP_MINOR_VERSION;
        $tar = new PharData("$this->directory/made.tar");
        $tar->addFromString('laraman', "#!/bin/sh\necho laraman\n");
        $tar->addFromString("laraman-php$minor", "#!/bin/sh\necho php\n");
        $tar->addFromString('laraman-libs/libfmt.so.9', 'a library');
        $tar->addFromString('LICENSE', 'MIT');
        $tar->compress(\Phar::GZ, 'tar.gz');
        rename("$this->directory/made.tar.gz", $this->file);

        $process = proc_open([PHP_BINARY, dirname(__DIR__).'/Support/archive_server.php', $this->file], [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
        assert($process !== false);
        $this->process = $process;
        $this->server = trim(substr((string) fgets($pipes[1]), strlen('ready ')));
    }

    protected function tearDown(): void
    {
        proc_terminate($this->process);
        proc_close($this->process);
        exec('rm -r '.escapeshellarg($this->directory));
    }

    public function test_a_release_is_fetched(): void
    {
        $archive = $this->archive("http://$this->server/good");
        $archive->install($archive->address(null), $this->folder());

        self::assertSame('laraman', exec($this->folder().'/laraman'));
        self::assertSame('php', exec($this->folder().'/laraman-php'.PHP_MAJOR_VERSION.'.'.PHP_MINOR_VERSION));
        self::assertSame(['.', '..', 'laraman', 'laraman-libs', 'laraman-php'.PHP_MAJOR_VERSION.'.'.PHP_MINOR_VERSION], scandir($this->folder()));
    }

    public function test_a_mirror_and_a_file_are_sources_too(): void
    {
        $archive = $this->archive('http://127.0.0.1:1');
        $archive->install($archive->address("http://$this->server/good/"), $this->folder());
        self::assertFileExists($this->folder().'/laraman');

        unlink($this->folder().'/laraman');
        $archive->install($this->file, $this->folder());
        self::assertFileExists($this->folder().'/laraman');

        unlink($this->folder().'/laraman');
        $this->archive(null, [])->install($this->file, $this->folder());
        self::assertFileExists($this->folder().'/laraman', 'a file of the user\'s own has no sum');
    }

    public function test_the_proxy_of_the_environment_is_asked(): void
    {
        putenv("HTTP_PROXY=http://$this->server");

        try {
            $this->archive(null)->install('http://laraman.invalid/good/'.ProgramArchive::name(), $this->folder());
        } finally {
            putenv('HTTP_PROXY');
        }

        self::assertFileExists($this->folder().'/laraman');
    }

    public function test_a_wrong_archive_leaves_no_files_behind(): void
    {
        $archive = $this->archive(null);

        foreach (['truncated' => 'cannot be downloaded: ', 'other' => 'its SHA-256 sum differs', 'missing' => 'the server answered 404'] as $kind => $message) {
            $address = "http://$this->server/$kind/".ProgramArchive::name();
            self::assertStringContainsString($message, $this->failure(fn () => $archive->install($address, $this->folder())));
        }

        file_put_contents("$this->directory/text", 'no archive');
        self::assertStringContainsString('cannot be downloaded', $this->failure(fn () => $archive->install('http://127.0.0.1:1/x', $this->folder())));
        self::assertStringContainsString('is not a readable file', $this->failure(fn () => $archive->install("$this->directory/none", $this->folder())));
        self::assertStringContainsString('is not an archive of the program', $this->failure(fn () => $this->archive(null, [])->install("$this->directory/text", $this->folder())));
        self::assertSame(['.', '..'], scandir($this->folder()));
    }

    public function test_without_a_release_for_this_platform_the_error_names_alternatives(): void
    {
        foreach ([null, "http://$this->server/good"] as $address) {
            $failure = $this->failure(fn () => $this->archive($address, [])->address(null));
            self::assertMatchesRegularExpression('/no released program for this version.* --from FILE/', $failure);
        }
    }

    public function test_without_an_address_it_asks_for_one(): void
    {
        $archive = $this->archive(null);
        self::assertMatchesRegularExpression('/has no URL to download .*: set .* --mirror URL, .* --from FILE\.$/', $this->failure(static fn () => $archive->address(null)));
        self::assertSame("http://$this->server/good/".ProgramArchive::name(), $archive->address("http://$this->server/good"));
    }

    /** @param  array<string, string>|null  $sums */
    private function archive(?string $address, ?array $sums = null): ProgramArchive
    {
        return new ProgramArchive(new Factory, new Filesystem, $address, $sums ?? [ProgramArchive::name() => (string) hash_file('sha256', $this->file)]);
    }

    private function folder(): string
    {
        return "$this->directory/bin";
    }

    private function failure(Closure $call): string
    {
        try {
            $call();
        } catch (RuntimeException $failure) {
            return $failure->getMessage();
        }

        self::fail('It has not failed.');
    }
}
