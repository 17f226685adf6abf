<?php

/*
| Makes a Composer artifact of the package in laravel/: a zip whose composer.json has the version, as a repository of type
| "artifact" wants it, and whose program.json has the sums of the given archives of the program, and the address of their
| release, if LARAMAN_RELEASE_ADDRESS has one.
|   php packaging/composer-artifact.php FOLDER ARCHIVE…
*/

declare(strict_types=1);

$root = dirname(__DIR__);
require "$root/laravel/src/Version.php";

$version = Laraman\Version::NUMBER;
$file = rtrim($argv[1], '/')."/laraman-laraman-$version.zip";

$zip = new ZipArchive;

if ($zip->open($file, ZipArchive::CREATE | ZipArchive::OVERWRITE) !== true) {
    fwrite(STDERR, "$file cannot be created\n");
    exit(1);
}

foreach (['bin', 'config', 'src', 'stubs'] as $folder) {
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator("$root/laravel/$folder", FilesystemIterator::SKIP_DOTS)) as $path => $entry) {
        $zip->addFile($path, substr($path, strlen("$root/laravel/")));
    }
}

$composer = json_decode((string) file_get_contents("$root/laravel/composer.json"), true, flags: JSON_THROW_ON_ERROR);
$zip->addFile("$root/laravel/README.md", 'README.md');
$zip->addFile("$root/LICENSE", 'LICENSE');
$zip->addFromString('composer.json', json_encode(['version' => $version] + $composer, JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES));

$archives = array_slice($argv, 2);
$zip->addFromString('program.json', json_encode([
    'address' => getenv('LARAMAN_RELEASE_ADDRESS') ?: null,
    'sums' => (object) array_combine(array_map(basename(...), $archives), array_map(static fn (string $archive): string => (string) hash_file('sha256', $archive), $archives)),
], JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES));

exit($zip->close() ? 0 : 1);
