<?php

declare(strict_types=1);

/*
| A fake of a gateway's task port: `php task_server.php SOCKET MODE`. Prints "ready", then each received frame as
| "connection command-id hex" (a long frame by its length). Ends when its standard input ends.
|
| normal   answers UniqIdCount with 3, TopicList with a million bytes, other queries with an empty message
| silent   reads, never answers
| late     like normal, but the first answer comes after half a second
| close    closes each connection once it has read a frame
| restart  closes each connection after its first answer
| garbage  answers with the reply of another command
| drip     answers byte by byte
| refuse   refuses to answer queries
*/

[, $socket, $mode] = $argv;
$server = stream_socket_server(str_contains($socket, '://') ? $socket : "unix://$socket");

if ($server === false) {
    exit(1);
}

echo 'ready '.stream_socket_get_name($server, false)."\n";

/** @var array<int, resource> $clients */
$clients = [];
$buffers = [];
$number = 0;
$numbers = [];
$answered = 0;

while (true) {
    $read = [STDIN, $server, ...$clients];
    $none = null;
    stream_select($read, $none, $none, 5);

    if (in_array(STDIN, $read, true)) {
        exit(0);
    }

    foreach ($read as $stream) {
        if ($stream === $server) {
            $client = stream_socket_accept($server);

            if ($client !== false) {
                $clients[(int) $client] = $client;
                $buffers[(int) $client] = '';
                $numbers[(int) $client] = ++$number;
            }

            continue;
        }

        $id = (int) $stream;
        $bytes = fread($stream, 65536);

        if ($bytes === false || $bytes === '') {
            fclose($stream);
            unset($clients[$id]);

            continue;
        }

        $buffers[$id] .= $bytes;

        while (strlen($buffers[$id]) >= 8) {
            ['length' => $length, 'command' => $command] = unpack('Nlength/Ncommand', $buffers[$id]);

            if (strlen($buffers[$id]) < $length + 4) {
                break;
            }

            $message = substr($buffers[$id], 8, $length - 4);
            $buffers[$id] = substr($buffers[$id], $length + 4);
            echo $numbers[$id].' '.$command.' '.(strlen($message) > 1000 ? strlen($message).' bytes' : bin2hex($message))."\n";

            if ($mode === 'close') {
                fclose($stream);
                unset($clients[$id]);

                break;
            }

            if ($command < 900003000 || $mode === 'silent') {
                continue;
            }

            $reply = match ($command) {
                900004007 => "\x08\x84\xc0\xc4\x01",  // 3,219,460
                900004003 => $message === "\x0a\x0bopen sesame" ? "\x08\x01" : "\x12\x0bWrongSecret",
                900003007 => "\x08\x03",
                900003008 => "\x0a\xc0\x84\x3d".str_repeat('x', 1000000),
                default => '',
            };
            $frame = pack('NN', strlen($reply) + 4, $mode === 'garbage' ? 1 : $command).$reply;

            if ($mode === 'refuse') {
                $refusal = "\x12\x08too long";
                $frame = pack('NN', strlen($refusal) + 4, 900004008).$refusal;
            }

            if ($mode === 'late' && $answered++ === 0) {
                usleep(500_000);
            }

            if ($mode === 'drip') {
                foreach (str_split($frame) as $byte) {
                    fwrite($stream, $byte);
                    usleep(1000);
                }
            } else {
                while ($frame !== '' && ($written = @fwrite($stream, $frame)) !== false) {
                    $frame = substr($frame, $written);
                }
            }

            if ($mode === 'restart') {
                fclose($stream);
                unset($clients[$id]);

                break;
            }
        }
    }
}
