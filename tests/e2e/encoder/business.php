<?php

declare(strict_types=1);

/*
 * A business whose messages are encoded and decoded by classes that protoc generated from proto/netsvr.proto: they share
 * no code with the gateway. Driven by tests/e2e/encoder.test.js, one JSON object a line in, one out:
 *
 *     php business.php FOLDER-OF-GENERATED-CLASSES HOST:PORT
 *     {"id": 900003003, "type": "CheckOnlineReq", "message": {"uniqIds": […]}, "reply": "CheckOnlineResp"}
 *     {"id": 900003003, "message": {"uniqIds": […]}}
 *
 * Without "reply" nothing is awaited; without "id" nothing is sent, only the next frame awaited.
 */

use Google\Protobuf\Internal\Message;

require __DIR__.'/vendor/autoload.php';

// The package reads numbers in JSON with bcmath, which may be missing; the numbers here are small.
if (! function_exists('bccomp')) {
    function bccomp(string $left, string $right): int
    {
        return (int) $left <=> (int) $right;
    }
}

[, $classes, $address] = $argv;

spl_autoload_register(function (string $class) use ($classes): void {
    $file = $classes.'/'.str_replace('\\', '/', $class).'.php';

    if (is_file($file)) {
        require $file;
    }
});

function message(string $type): Message
{
    $class = "Laraman\\Wire\\Netsvr\\$type";
    $message = new $class;
    assert($message instanceof Message);

    return $message;
}

/** @param  resource  $stream */
function take($stream, int $length): string
{
    $bytes = '';

    while (strlen($bytes) < $length) {
        $piece = fread($stream, max(1, $length - strlen($bytes)));

        if ($piece === false || $piece === '') {
            throw new RuntimeException('the gateway did not answer');
        }

        $bytes .= $piece;
    }

    return $bytes;
}

$stream = stream_socket_client("tcp://$address", timeout: 5.0) ?: exit(1);
stream_set_timeout($stream, 5);

while (($line = fgets(STDIN)) !== false) {
    try {
        $order = json_decode($line, true, flags: JSON_THROW_ON_ERROR);

        if (isset($order['id'])) {
            $bytes = '';

            if (isset($order['type'])) {
                $message = message($order['type']);
                $message->mergeFromJsonString(json_encode((object) $order['message'], JSON_THROW_ON_ERROR));
                $bytes = $message->serializeToString();
            }

            fwrite($stream, pack('NN', strlen($bytes) + 4, $order['id']).$bytes);
        }

        if (! isset($order['reply'])) {
            echo "{}\n";

            continue;
        }

        /** @var array{length: int, id: int} $head */
        $head = unpack('Nlength/Nid', take($stream, 8));
        $reply = message($order['reply']);
        $reply->mergeFromString($head['length'] > 4 ? take($stream, $head['length'] - 4) : '');
        echo '{"id": '.$head['id'].', "message": '.$reply->serializeToJsonString()."}\n";
    } catch (Throwable $e) {
        echo json_encode(['error' => $e->getMessage()])."\n";
    }
}
