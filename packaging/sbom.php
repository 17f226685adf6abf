<?php

/*
| Prints the bill of materials of programs, in CycloneDX's form: the libraries that they load, with the Debian packages
| that those are of, and the packages that they were compiled with.
|   php packaging/sbom.php NAME,PACKAGE,PACKAGE… PROGRAM…     NAME, and the packages of the build
*/

declare(strict_types=1);

require dirname(__DIR__).'/laravel/src/Version.php';

[$name, $built] = array_pad(explode(',', $argv[1], 2), 2, '');
$programs = array_slice($argv, 2);

/** @return list<string> */
function lines_of(string ...$command): array
{
    exec(implode(' ', array_map(escapeshellarg(...), $command)).' 2>/dev/null', $lines);

    return $lines;
}

$libraries = [];
foreach ($programs as $program) {
    foreach (lines_of('ldd', $program) as $line) {
        if (preg_match('~=> (/\S+)~', $line, $found) === 1) {
            // dpkg knows the place that a link leads to, as it is in the package.
            $path = (string) realpath($found[1]);
            foreach ([$path, preg_replace('~^/usr~', '', $path)] as $known) {
                foreach (lines_of('dpkg-query', '-S', (string) $known) as $owner) {
                    $libraries[] = explode(':', $owner)[0];
                }
            }
        }
    }
}

$release = parse_ini_file('/etc/os-release') ?: [];
$components = [];
$packages = [...array_fill_keys(array_filter(explode(',', $built)), 'excluded'), ...array_fill_keys($libraries, 'required')];
ksort($packages);
foreach ($packages as $package => $scope) {
    foreach (lines_of('dpkg-query', '-W', '-f=${Package} ${Version} ${Architecture}\n', $package) as $line) {
        [$package, $version, $architecture] = explode(' ', $line);
        $components[] = [
            'type' => 'library', 'name' => $package, 'version' => $version,
            'scope' => $scope, // "excluded": of the build; headers of it may be compiled in
            'purl' => sprintf('pkg:deb/debian/%s@%s?arch=%s&distro=debian-%s', $package, rawurlencode($version), $architecture, $release['VERSION_ID'] ?? ''),
        ];
    }
}

$digest = md5(implode(' ', array_map(static fn (string $program): string => (string) hash_file('sha256', $program), $programs)));
$digest[12] = '4';
$digest[16] = '8';
echo json_encode([
    'bomFormat' => 'CycloneDX',
    'specVersion' => '1.5',
    'serialNumber' => 'urn:uuid:'.preg_replace('~^(.{8})(.{4})(.{4})(.{4})~', '$1-$2-$3-$4-', $digest),
    'version' => 1,
    'metadata' => ['component' => ['type' => 'application', 'name' => $name, 'version' => Laraman\Version::NUMBER, 'licenses' => [['license' => ['id' => 'MIT']]]]],
    'components' => $components,
], JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR), "\n";
