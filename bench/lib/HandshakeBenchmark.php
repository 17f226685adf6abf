<?php

declare(strict_types=1);

namespace Laraman\Bench;

/**
 * Handshakes on a route with the middleware `web` and `auth`, compared with GET requests of an empty page with the same
 * middleware. One client sends them one after the other, each on a new connection; the user is logged in.
 */
final class HandshakeBenchmark extends Benchmark
{
    public function run(Table $table): void
    {
        $laraman = new Laraman($this->machine, new ExampleApplication($this->machine));
        $cookie = $this->logIn($laraman->port);
        $measure = fn (string $path, bool $isSocket): \Closure => fn (): Figures => $this->measure($laraman, $path, $cookie, $isSocket);
        $contenders = ['GET' => $measure('/bench/page', false), 'handshake' => $measure('/bench/private', true)];
        array_map(static fn (\Closure $warm): Figures => $warm(), $contenders);
        $medians = $this->inTurns($contenders);
        $table->add('GET of a page, web and auth', $medians['GET']);
        $table->add('handshake of a socket, web and auth', $medians['handshake'], sprintf(
            'its PHP: %.2f × that of the GET', $medians['handshake']->cpu['php'] / $medians['GET']->cpu['php'],
        ));
    }

    /** Cookies of a session with a user. */
    private function logIn(int $port): string
    {
        $head = $this->exchange($port, "GET /bench/log-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", '200');
        preg_match_all('/^set-cookie: ([^;]+)/mi', $head, $cookies);

        return implode('; ', $cookies[1]);
    }

    private function measure(Laraman $laraman, string $path, string $cookie, bool $isSocket): Figures
    {
        $request = "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: $cookie\r\n".($isSocket
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            : "Connection: close\r\n")."Origin: http://127.0.0.1\r\n\r\n";
        $roles = $laraman->roles();
        $before = array_map(CpuTime::microseconds(...), $roles);
        $open = [];
        $count = 0;
        for ($begin = microtime(true); microtime(true) < $begin + $this->seconds; $count++) {
            $this->exchange($laraman->port, $request, $isSocket ? '101' : '200', $open);
        }
        $seconds = microtime(true) - $begin;
        $after = array_map(CpuTime::microseconds(...), $roles);
        $open = [];  // closing them is not measured
        usleep(300_000);

        $cpu = [];
        foreach ($after as $role => $used) {
            $cpu[$role] = ($used - $before[$role]) / $count;
        }

        return new Figures($count / $seconds, $cpu);
    }

    /**
     * Returns the head of the response.
     *
     * @param  list<resource>|null  $open  keeps the connection
     */
    private function exchange(int $port, string $request, string $status, ?array &$open = null): string
    {
        $stream = stream_socket_client("tcp://127.0.0.1:$port") ?: throw new \RuntimeException('no connection');
        fwrite($stream, $request);
        for ($head = ''; ! str_contains($head, "\r\n\r\n"); $head .= $piece) {
            $piece = (string) fread($stream, 8192);
            if ($piece === '' && feof($stream)) {
                break;
            }
        }
        if (! str_starts_with($head, "HTTP/1.1 $status")) {
            throw new \RuntimeException("answer: $head");
        }
        if ($open !== null) {
            $open[] = $stream;
        }

        return $head;
    }
}
