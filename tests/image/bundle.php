<?php

/*
| Makes the config.json of `crun spec` that of a container of an image: php bundle.php BUNDLE NETWORK_NAMESPACE
| BUNDLE/image.json is what buildah tells of the image, BUNDLE/rootfs.path says where its file system is.
*/

declare(strict_types=1);

[, $bundle, $network] = $argv;
$image = json_decode((string) file_get_contents("$bundle/image.json"), true)['OCIv1']['config'];
$made = json_decode((string) file_get_contents("$bundle/config.json"), true);

$made['root'] = ['path' => trim((string) file_get_contents("$bundle/rootfs.path")), 'readonly' => false];
$made['process']['terminal'] = false;
$made['process']['args'] = $image['Cmd'];
$made['process']['env'] = $image['Env'];
$made['process']['cwd'] = $image['WorkingDir'];
$made['hostname'] = 'laraman';

// The defaults of docker and podman for a container.
$capabilities = [
    'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SETFCAP', 'CAP_SETGID',
    'CAP_SETPCAP', 'CAP_SETUID', 'CAP_SYS_CHROOT',
];
foreach (['bounding', 'effective', 'permitted'] as $set) {
    $made['process']['capabilities'][$set] = $capabilities;
}
$made['process']['capabilities']['inheritable'] = $made['process']['capabilities']['ambient'] = [];
$made['process']['rlimits'] = [['type' => 'RLIMIT_NOFILE', 'hard' => 4096, 'soft' => 1024]];

foreach ($made['linux']['namespaces'] as &$namespace) {
    if ($namespace['type'] === 'network') {
        $namespace['path'] = $network;
    }
}
unset($namespace);
// There may be no cgroup v2 that can be mounted.
$made['linux']['namespaces'] = array_values(array_filter($made['linux']['namespaces'], fn (array $one): bool => $one['type'] !== 'cgroup'));
$made['mounts'] = array_values(array_filter($made['mounts'], fn (array $one): bool => $one['type'] !== 'cgroup'));
unset($made['linux']['resources']);

// Empty objects are empty arrays in PHP.
file_put_contents("$bundle/config.json", json_encode($made, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES));
