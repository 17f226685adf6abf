<?php

/*
| Makes a Composer artifact of the package in laravel/: a zip whose composer.json has the version, as a repository of type
| "artifact" wants it.  php packaging/composer-artifact.php FOLDER
*/

declare(strict_types=1);

$root = dirname(__DIR__);
require "$root/laravel/src/Version.php";

$version = Laraman\Version::NUMBER;
$file = rtrim($argv[1], '/')."/laraman-laraman-$version.zip";
exec('git -C '.escapeshellarg("$root/laravel").' ls-files --cached --others --exclude-standard -- . ":!tests" ":!bench"', $names, $status);

$zip = new ZipArchive;

if ($status !== 0 || $names === [] || $zip->open($file, ZipArchive::CREATE | ZipArchive::OVERWRITE) !== true) {
    fwrite(STDERR, "$file cannot be made\n");
    exit(1);
}

foreach ($names as $name) {
    if ($name !== 'composer.json') {
        $zip->addFile("$root/laravel/$name", $name);
    }
}

$composer = json_decode((string) file_get_contents("$root/laravel/composer.json"), true, flags: JSON_THROW_ON_ERROR);
$zip->addFile("$root/LICENSE", 'LICENSE');
$zip->addFromString('composer.json', json_encode(['version' => $version] + $composer, JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES));

exit($zip->close() ? 0 : 1);
