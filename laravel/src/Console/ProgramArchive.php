<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Filesystem\Filesystem;
use Illuminate\Http\Client\Factory as Http;
use Laraman\Version;
use PharData;
use RuntimeException;
use Throwable;

/**
 * The archive with the server's program for this version of the package, the platform and PHP. Its URL follows from these
 * and from program.json, which a release fills in with the SHA-256 sum of each archive.
 */
final class ProgramArchive
{
    /** Folder beside the programs, with the libraries in the archive. */
    private const LIBRARIES = 'laraman-libs';

    /** @param  array<string, string>  $sums  name of an archive => SHA-256 */
    public function __construct(
        private readonly Http $http,
        private readonly Filesystem $files,
        private readonly ?string $address,
        private readonly array $sums,
    ) {
    }

    public static function ofThePackage(Http $http, Filesystem $files): self
    {
        /** @var array{address: string|null, sums: array<string, string>} $known */
        $known = json_decode((string) file_get_contents(dirname(__DIR__, 2).'/program.json'), true, flags: JSON_THROW_ON_ERROR);

        return new self($http, $files, $known['address'], $known['sums']);
    }

    public static function name(): string
    {
        return sprintf('laraman-%s-linux-%s-%s-%s.tar.gz', Version::NUMBER, php_uname('m'), self::php(), PHP_ZTS ? 'zts' : 'nts');
    }

    /**
     * The URL of the archive.
     *
     * @throws RuntimeException if there is no archive or no known URL
     */
    public function address(?string $mirror): string
    {
        if (! isset($this->sums[self::name()])) {
            throw new RuntimeException(sprintf('There is no released program for this version, platform and PHP (%s). Build it (./dev package in the repository) and install the archive with --from FILE.', self::name()));
        }

        $folder = $mirror ?? $this->address ?? throw new RuntimeException(sprintf('This package has no URL to download %s from: set the URL of a folder with --mirror URL, or the archive file with --from FILE.', self::name()));

        return rtrim($folder, '/').'/'.self::name();
    }

    /**
     * Installs the program in the folder; on failure no file is left behind.
     *
     * @param  string  $source  a URL, or a file
     *
     * @throws RuntimeException
     */
    public function install(string $source, string $folder): void
    {
        if (! is_dir($folder) && ! @mkdir($folder, 0755, true)) {
            throw new RuntimeException("The folder $folder cannot be created.");
        }

        // In the target folder, so that the program can be renamed into place.
        $work = $folder.'/.laraman-'.bin2hex(random_bytes(6));
        mkdir($work);

        try {
            $archive = "$work/archive.tar.gz";
            preg_match('~^https?://~', $source) === 1 ? $this->download($source, $archive) : $this->copy($source, $archive);
            $this->check($archive, $source);
            $this->unpack($archive, $work, $source);

            foreach (self::programs() as $program) {
                chmod("$work/$program", 0755);
            }

            foreach ([self::LIBRARIES, ...self::programs()] as $name) {
                $this->files->deleteDirectory("$folder/$name");
                rename("$work/$name", "$folder/$name");
            }
        } finally {
            $this->files->deleteDirectory($work);
        }
    }

    /** @return list<string> */
    private static function programs(): array
    {
        return ['laraman', 'laraman-'.self::php()];
    }

    private static function php(): string
    {
        return sprintf('php%d.%d', PHP_MAJOR_VERSION, PHP_MINOR_VERSION);
    }

    private function download(string $address, string $file): void
    {
        try {
            $answer = $this->http->connectTimeout(20)->timeout(600)->sink($file)->get($address);
        } catch (Throwable $failure) {
            throw new RuntimeException("$address cannot be downloaded: {$failure->getMessage()}");
        }

        if (! $answer->successful()) {
            throw new RuntimeException("$address cannot be downloaded: the server answered {$answer->status()}. Set another folder with --mirror URL, or a file with --from FILE.");
        }
    }

    private function copy(string $source, string $file): void
    {
        if (! is_file($source) || ! @copy($source, $file)) {
            throw new RuntimeException("$source is not a readable file.");
        }
    }

    private function check(string $archive, string $source): void
    {
        $wanted = $this->sums[self::name()] ?? null;

        // There is no known sum for the user's own file.
        if ($wanted !== null && hash_file('sha256', $archive) !== $wanted) {
            throw new RuntimeException("$source is not the archive of this version (its SHA-256 sum differs): it is damaged, or a different archive.");
        }
    }

    private function unpack(string $archive, string $folder, string $source): void
    {
        try {
            (new PharData($archive))->extractTo($folder);
        } catch (Throwable $failure) {
            throw new RuntimeException("$source is not an archive of the program: {$failure->getMessage()}");
        }

        foreach ([self::LIBRARIES, ...self::programs()] as $name) {
            if (! file_exists("$folder/$name")) {
                throw new RuntimeException("$source is not an archive of the program for this PHP: it has no $name.");
            }
        }
    }
}
