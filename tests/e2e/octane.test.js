// With laravel/octane installed: its worker, configuration, listeners and commands.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { addOctane, octane } from './lib/octane.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

/** The probe with Octane, and routes that use it. */
async function octaneApp() {
  const app = await probeApp();
  app.edit('bootstrap/providers.php', 'return [', 'return [\n    App\\Providers\\OctaneProbe::class,');
  addOctane(app);  // before it
  app.write('app/Providers/OctaneProbe.php', `<?php
namespace App\\Providers;
use Illuminate\\Support\\Facades\\{Cache, Event, Route};
use Laravel\\Octane\\Events\\{RequestTerminated, TaskReceived, WorkerStarting, WorkerStopping};
use Laravel\\Octane\\Facades\\Octane;
final class OctaneProbe extends \\Illuminate\\Support\\ServiceProvider
{
    public function boot(): void
    {
        $note = static fn (string $text) => file_put_contents(storage_path('octane.log'), "$text\\n", FILE_APPEND | LOCK_EX);
        Event::listen(WorkerStarting::class, static fn () => $note('starting'));
        Event::listen(WorkerStopping::class, static fn () => $note('stopping'));
        Event::listen(RequestTerminated::class, static fn ($event) => $note('terminated '.$event->request->path()));
        Event::listen(\\Laraman\\Events\\WorkerStarting::class, static fn () => \\Laraman\\Facades\\Laraman::every(0.05, static fn () => $note('timer '.(\\Illuminate\\Support\\Facades\\Auth::id() ?? 'nobody').' '.session('mark', 'nothing'))));
        Octane::tick('probe', static fn () => $note('tick '.getmypid()))->seconds(1);
        Octane::route('GET', '/fast', static fn () => response('a fast route'));
        Route::get('/octane/concurrently', static function () {
            $began = microtime(true);
            $answers = Octane::concurrently([
                'first' => static fn () => [usleep(300_000), getmypid()],
                'second' => static fn () => [usleep(300_000), getmypid()],
            ]);
            return ['pids' => array_column($answers, 1), 'keys' => array_keys($answers), 'seconds' => microtime(true) - $began];
        });
        Route::get('/octane/failing', static function () {
            try {
                Octane::concurrently([
                    static fn () => 1,
                    static fn () => throw new \\RuntimeException('failed elsewhere'),
                ]);
            } catch (\\Throwable $e) {
                return $e->getMessage();
            }
        });
        $fails = [
            'here' => [static fn () => throw new \\RuntimeException('failed here')],
            'exit' => [
                static fn () => 1,
                static fn () => exit('out'), // serialized by its line
            ],
        ];
        foreach ($fails as $name => $tasks) {
            Route::get("/octane/fails/$name", static function () use ($tasks) {
                try {
                    Octane::concurrently($tasks);
                } catch (\\Throwable $e) {
                    return [class_basename($e), $e->getMessage()];
                }
            });
        }
        Route::get('/octane/late', static function () {
            try {
                Octane::concurrently([static fn () => usleep(200_000)], 100);
            } catch (\\Throwable $e) {
                return class_basename($e);
            }
        });
        Route::get('/octane/cache', static fn () => [Cache::store('octane')->increment('count'), getmypid()]);
        Route::get('/octane/echo', static function () { echo 'echoed, '; return 'returned'; });
        Route::middleware('web')->get('/octane/who', static fn () => session(['mark' => 'a mark']) ?? \\Illuminate\\Support\\Facades\\Auth::user()->name);
        Route::middleware('web')->get('/octane/log-out', static fn () => \\Illuminate\\Support\\Facades\\Auth::logout());
        Route::get('/octane/config', static function () { $before = config('app.name'); config(['app.name' => 'changed']); return [$before]; });
    }
}
`);
  app.write('app/Sockets/WhoSocket.php', `<?php
namespace App\\Sockets;
final class WhoSocket extends \\Laraman\\SocketHandler
{
    public function message(\\Laraman\\Connection $connection): void
    {
        $connection->raw(\\Illuminate\\Support\\Facades\\Auth::user()->name);
    }
}
`);
  app.write('routes/sockets.php', `${app.read('routes/sockets.php')}
Socket::route('/who', App\\Sockets\\WhoSocket::class)->middleware(['web', 'auth'])->recheck(0);
`);
  return app;
}

describe('laravel/octane', { skip: octane ? false : 'laravel/octane is not installed' }, () => {
  let app, server, client;
  before(async () => {
    app = await octaneApp();
    server = await Server.start(app, { workers: 2 });
    client = server.client();
  });
  after(() => server?.stop());

  const log = () => app.read('storage/octane.log');

  test('its worker handles requests, with its events', async () => {
    assert.equal((await client.get('/api/ping')).status, 200);
    assert.equal((await client.get('/octane/echo')).body, 'echoed, returned');
    assert.equal((await client.get('/fast')).body, 'a fast route');
    const name = JSON.parse((await client.get('/octane/config')).body)[0];
    for (let n = 0; n < 4; n++) assert.deepEqual(JSON.parse((await client.get('/octane/config')).body), [name]);
    assert.equal(log().match(/^starting$/gm).length, 2);
    assert.match(log(), /^terminated octane\/echo$/m);
    assert.equal((await client.get('/api/odd/throw')).status, 500);
    assert.match((await client.get('/api/odd/dd')).body, /a dump/);
    assert.equal((await client.get('/api/ping')).status, 200);
  });

  test('concurrently() runs in other workers at the same time', async () => {
    const idle = () => until('all to be idle', async () => (await server.processes('worker')).every(({ state }) => state === 'idle'));
    await idle();
    const { pids, keys, seconds } = JSON.parse((await client.get('/octane/concurrently')).body);
    assert.deepEqual(keys, ['first', 'second']);
    assert.equal(new Set(pids).size, 2);
    assert.ok(seconds < 0.55, `${seconds} s`);
    assert.deepEqual(await client.get('/octane/failing').then(({ status, body }) => [status, body]), [200, 'failed elsewhere']);
    const failing = async (path) => { await idle(); return JSON.parse((await client.get(`/octane/fails/${path}`)).body); };
    assert.deepEqual(await failing('here'), ['TaskException', 'failed here']);
    assert.deepEqual(await failing('exit'), ['TaskException', 'The task has called exit, and has no result.']);
    assert.equal((await client.get('/octane/late')).body, 'TaskTimeoutException');
    // Without an idle worker they run one after the other.
    const answers = await Promise.all(Array.from({ length: 3 }, () => client.get('/octane/concurrently')));
    assert.ok(answers.every(({ status }) => status === 200));
  });

  test('the octane cache is one for all workers', async () => {
    const counts = [];
    for (let n = 0; n < 6; n++) counts.push(JSON.parse((await client.get('/octane/cache')).body)[0]);
    assert.deepEqual(counts, [1, 2, 3, 4, 5, 6]);
  });

  test('ticks come once a second, in one worker', async () => {
    const ticks = () => log().match(/^tick \d+$/gm) ?? [];
    const before = ticks().length;
    await until('two ticks', () => ticks().length >= before + 2);
    assert.equal(new Set(ticks()).size, 1);
  });

  test('sockets work as without it', async () => {
    const socket = await Socket.open(server, '/echo');
    assert.equal(await socket.ask('hello'), 'hello');
    await socket.close();
  });

  test('a socket has its own user, whoever the request before was of', async () => {
    const [ada, bob] = [server.client(), server.client()];
    await ada.get('/log-in/ada');
    await bob.get('/log-in/bob');
    const socket = await Socket.open(server, '/who', { client: ada });
    for (let n = 0; n < 6; n++) {
      await bob.get('/octane/who');
      assert.equal(await socket.ask('who'), 'ada');
    }
    const lines = () => log().match(/^timer .*$/gm) ?? [];
    const sofar = lines().length;
    await until('callbacks after those requests', () => lines().length > sofar + 4);
    assert.deepEqual([...new Set(lines())], ['timer nobody nothing']);
    assert.equal((await ada.get('/octane/log-out')).status, 200);
    assert.deepEqual(await socket.closed, { code: 4001, reason: 'Logged out' });
  });

  test('what open() prints does not break the handshake', async () => {
    const socket = await Socket.open(server, '/printing');
    assert.equal(await socket.next(), 'opened');
    assert.equal(await socket.ask('print'), 'handled');
    await until('the log', () => /output handler=open .*: echoed in open/.test(server.log) && /output handler=message .*: echoed in message/.test(server.log));
    await socket.close();
  });

  test('a slow download of a file does not hold a worker', async () => {
    const downloads = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
      http.get(`${server.url}/api/odd/once/32`, (response) => resolve(response.pause())).on('error', reject);
    })));
    const began = performance.now();
    assert.equal((await client.get('/api/ping')).status, 200);
    assert.ok(performance.now() - began < 2000);
    const sizes = await Promise.all(downloads.map(async (download) => {
      let size = 0;
      for await (const piece of download) size += piece.length;
      return size;
    }));
    assert.deepEqual(sizes, Array(4).fill(32 << 20));
  });

  test('octane:status, reload and stop are about this server', async () => {
    assert.deepEqual(await app.artisan('octane:status').then(({ code, output }) => [code, output.includes('Octane server is running')]), [0, true]);
    const pids = (await server.processes('worker')).map(({ pid }) => pid);
    assert.equal((await app.artisan('octane:reload')).code, 0);
    await until('other workers', async () => (await server.processes('worker')).every(({ pid }) => !pids.includes(pid)));
    assert.equal((await client.get('/api/ping')).status, 200);
    assert.equal((await app.artisan('octane:stop')).code, 0);
    assert.equal((await server.ended).code, 0);
    assert.match(log(), /^stopping$/m);
    assert.equal((await app.artisan('octane:status', '--server=laraman')).code, 1);
  });
});
