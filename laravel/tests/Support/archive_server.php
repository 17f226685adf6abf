<?php

declare(strict_types=1);

/*
| Serves one file by HTTP on a free port: at /good/…, truncated at /truncated/…, other bytes at /other/…, and 404 elsewhere.
| Like a proxy, it accepts URLs of any host. php archive_server.php FILE
*/

$server = stream_socket_server('tcp://127.0.0.1:0');
assert($server !== false);
echo 'ready ', stream_socket_get_name($server, false), "\n";
$bytes = (string) file_get_contents((string) $argv[1]);

while (($client = stream_socket_accept($server, -1)) !== false) {
    $line = (string) fgets($client);

    while (trim((string) fgets($client)) !== '') {
        continue;
    }

    $path = (string) parse_url(explode(' ', $line)[1] ?? '', PHP_URL_PATH);
    [$status, $body] = match (true) {
        str_starts_with($path, '/good/') => ['200 OK', $bytes],
        str_starts_with($path, '/truncated/') => ['200 OK', substr($bytes, 0, -20)],
        str_starts_with($path, '/other/') => ['200 OK', strrev($bytes)],
        default => ['404 Not Found', ''],
    };
    $length = str_starts_with($path, '/truncated/') ? strlen($bytes) : strlen($body);
    fwrite($client, "HTTP/1.1 $status\r\nContent-Length: $length\r\nConnection: close\r\n\r\n$body");
    fclose($client);
}
