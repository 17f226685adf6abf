<?php

/*
| A WebSocket client: sends a message and prints the first one that comes; with "close" as the fourth argument, it waits
| for the end too, and prints its code.  php socket.php URL MESSAGE [COOKIE [close]]
| With "-" as the message, each line of standard input is one, and after its end the code of the close is waited for.
*/

declare(strict_types=1);

[, $url, $message] = $argv;
$parts = parse_url($url);
$connection = stream_socket_client("tcp://{$parts['host']}:{$parts['port']}", $code, $why, 10) ?: exit("$why\n");
stream_set_timeout($connection, 20);
$fields = [
    "GET {$parts['path']} HTTP/1.1", "Host: {$parts['host']}:{$parts['port']}", 'Connection: Upgrade', 'Upgrade: websocket',
    'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: '.base64_encode(random_bytes(16)),
];
($argv[3] ?? '') !== '' && $fields[] = "Cookie: $argv[3]";
fwrite($connection, implode("\r\n", $fields)."\r\n\r\n");
$status = (string) fgets($connection);

if (! str_starts_with($status, 'HTTP/1.1 101 ')) {
    exit($status);
}

while (trim((string) fgets($connection)) !== '') {
    continue;
}

$exchange = static function (string $message) use ($connection): void {
    $mask = random_bytes(4);
    fwrite($connection, chr(0x81).chr(0x80 | strlen($message)).$mask.($message ^ str_repeat($mask, strlen($message))));
    $head = (string) fread($connection, 2);
    $length = strlen($head) === 2 ? ord($head[1]) : 0;

    if ($head !== '' && ord($head[0]) === 0x88) {
        exit('closed '.unpack('n', (string) fread($connection, 2))[1]."\n");
    }

    echo $length === 0 ? 'no answer' : fread($connection, $length === 126 ? unpack('n', (string) fread($connection, 2))[1] : $length), "\n";
};

if ($message === '-') {
    while (($line = fgets(STDIN)) !== false) {
        $exchange(rtrim($line, "\n"));
    }
} else {
    $exchange($message);
}

if ($message === '-' || ($argv[4] ?? '') === 'close') {
    stream_set_timeout($connection, 60);
    $head = (string) fread($connection, 4);
    echo $head !== '' && ord($head[0]) === 0x88 ? 'closed '.unpack('n', substr($head, 2))[1] : 'no close frame', "\n";
}
