// Socket routes as an application uses them: output of handlers, message middleware, the end of a log-in.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { PhpFpm } from './lib/fpm.js';
import { Server } from './lib/server.js';
import { Refused, Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

const ROUTES = `
Socket::route('/missing/{x}', 'App\\\\Sockets\\\\Missing');
Socket::route('/throttled', EchoSocket::class)->middleware('web')->messageMiddleware('throttle:2,1');
Socket::route('/signed', EchoSocket::class)->middleware('signed')->messageMiddleware('signed')->name('signed');
Socket::route('/private', EchoSocket::class)->middleware(['web', 'auth']);
Socket::route('/always', EchoSocket::class)->middleware(['web', 'auth'])->recheck(0);
Socket::route('/basket', App\\Sockets\\CartSocket::class)->middleware('web');
`;

const CART = `<?php
namespace App\\Sockets;
final class CartSocket extends \\Laraman\\SocketHandler
{
    public function message(\\Laraman\\Connection $connection, \\Laraman\\Message $message): void
    {
        $session = $connection->laravelSession();
        if ($message->text() !== '') { $session->put('cart', $message->text()); $session->save(); }
        $connection->raw(json_encode($session->get('cart')));
    }
}
`;

const PAGES = `
Route::get('/sign', static fn () => Illuminate\\Support\\Facades\\URL::temporarySignedRoute('signed', 3));
Route::get('/log-out', static function () { Illuminate\\Support\\Facades\\Auth::logout(); return 'out'; });
Route::get('/invalidate', static function (Illuminate\\Http\\Request $request) { $request->session()->invalidate(); return 'gone'; });
Route::get('/log-out-and-exit', static function () { Illuminate\\Support\\Facades\\Auth::logout(); exit('out'); });
Route::get('/regenerate', static function (Illuminate\\Http\\Request $request) { $request->session()->regenerate(true); return 'moved'; });
Route::get('/cart/{what}', static function (string $what) { session(['cart' => $what]); return $what; });
Route::get('/cart', static fn () => response()->json(session('cart')));
Route::get('/join/{name}', static function (string $name) { App\\Models\\User::query()->create(['name' => $name]); return 'joined'; });
Route::get('/delete/{name}', static function (string $name) { App\\Models\\User::query()->where('name', $name)->delete(); return 'deleted'; });
`;

for (const loops of [1, 4]) {
  describe(`socket routes, ${loops} event loops`, () => {
    let app, server;
    before(async () => {
      app = await probeApp();
      app.write('routes/sockets.php', app.read('routes/sockets.php') + ROUTES);
      app.write('routes/web.php', app.read('routes/web.php') + PAGES);
      app.write('app/Sockets/CartSocket.php', CART);
      server = await Server.start(app, { loops, workers: 2, env: { CACHE_STORE: 'file', CACHE_LIMITER: 'file' } });
    });
    after(() => server?.stop());

    const logIn = async (name) => {
      const client = server.client();
      await client.get(`/log-in/${name}`);
      return client;
    };

    for (const [how, logged] of [['echo', 'echoed in open'], ['dump', '"dumped in open" => "<b>"'], ['flush', 'after the flush'], ['unbuffered', 'unbuffered in open'], ['notice', 'Input string must be hexadecimal|even length']]) {
      test(`output in open() by ${how} leaves the handshake whole and is logged`, async () => {
        const socket = await Socket.open(server, `/printing?how=${how}`);
        assert.equal(await socket.next(), 'opened');
        assert.equal(await socket.ask('dump'), 'handled');
        await until(`${logged} in the log`, () => new RegExp(logged).test(server.log) && /handler=message .*"dumped in message" => "<b>"/.test(server.log));
        assert.doesNotMatch(server.log, /<pre|<br|sf-dump/);
        await socket.close();
      });
    }

    test('dd() in open() refuses, is logged, and serves on', async () => {
      await assert.rejects(Socket.open(server, '/printing?how=dd'), (error) => error instanceof Refused && error.status >= 400);
      await until('the dump in the log', () => server.log.includes('died in open'));
      assert.equal((await server.client().get('/api/ping')).status, 200);
    });

    test('a class that does not exist is reported by name, and breaks no command', async () => {
      await assert.rejects(Socket.open(server, '/missing/1'), { status: 500 });
      assert.match(app.laravelLog, /\[App\\Sockets\\Missing\] does not exist/);
      const { code, output } = await app.artisan('route:list');
      assert.equal(code, 0, output);
      assert.match(output, /missing\/\{x\}/);
    });

    test('message middleware refuses with an error event and leaves the socket open', async () => {
      const socket = await Socket.open(server, '/throttled', { headers: { 'X-Forwarded-For': `192.0.2.${loops}` } });
      assert.deepEqual([await socket.ask('one'), await socket.ask('two')], ['one', 'two']);
      assert.deepEqual(JSON.parse(await socket.ask('three')), { event: 'error', data: { status: 429, message: 'Too Many Attempts.' } });
      assert.equal(JSON.parse(await socket.ask('four')).data.status, 429);
      await socket.close();
    });

    test('an address is signed for its messages too, until it expires', async () => {
      const url = new URL((await server.client().get('/sign')).body);
      const socket = await Socket.open(server, url.pathname + url.search);
      assert.equal(await socket.ask('in time'), 'in time');
      await until('the end of the signature', async () => (await socket.ask('late')) !== 'late');
      assert.equal(JSON.parse(socket.messages.at(-1)).data.status, 403);
      await assert.rejects(Socket.open(server, '/signed'), { status: 403 });
      await socket.close();
    });

    for (const path of ['/log-out', '/log-out-and-exit', '/invalidate']) {
      test(`${path} closes the sockets of its session, and no others`, async () => {
        const [here, there] = [await logIn('ada'), await logIn('ada')];
        const sockets = await Promise.all([here, here, there].map((client) => Socket.open(server, '/private', { client })));
        assert.equal((await here.get(path)).status, 200);
        assert.deepEqual(await sockets[0].closed, { code: 4001, reason: 'Logged out' });
        assert.deepEqual(await sockets[1].closed, { code: 4001, reason: 'Logged out' });
        assert.equal(await sockets[2].ask('still here'), 'still here');
        await sockets[2].close();
      });
    }

    test('a session keeps its sockets under a new id, and a log-out by that closes them', async () => {
      const client = await logIn('bob');
      await client.get('/cart/full');
      const cart = await Socket.open(server, '/basket', { client });
      assert.equal(await cart.ask(''), '"full"');
      await client.get('/regenerate');
      assert.equal(await cart.ask(''), '"full"');
      assert.equal(await cart.ask('new'), '"new"');
      assert.equal((await client.get('/cart')).body, '"new"');
      await client.get('/log-out');
      assert.equal((await cart.closed).code, 4001);
    });

    test('a user that is deleted is refused at its next message', async () => {
      await server.client().get(`/join/gone-${loops}`);
      const client = await logIn(`gone-${loops}`);
      const socket = await Socket.open(server, '/always', { client });
      assert.equal(await socket.ask('one'), 'one');
      await server.client().get(`/delete/gone-${loops}`);
      socket.raw('two');
      assert.deepEqual(await socket.closed, { code: 4001, reason: 'Logged out' });
      assert.deepEqual(socket.messages, ['one']);
    });

    test('a log-out under php-fpm closes them too', async () => {
      const fpm = await PhpFpm.start(app);
      try {
        const client = fpm.client();
        await client.get('/log-in/ada');
        const socket = await Socket.open(server, '/private', { client });
        await client.get('/regenerate');
        assert.equal(await socket.ask('still here'), 'still here');
        assert.equal((await client.get('/log-out')).body, 'out');
        assert.deepEqual(await socket.closed, { code: 4001, reason: 'Logged out' });
      } finally {
        await fpm.stop();
      }
    });

    test('from outside the workers a session is closed by its id', async () => {
      const client = await logIn('ada');
      const socket = await Socket.open(server, '/private', { client });
      const { code, output } = await app.artisan('tinker', '--execute', `
        foreach (glob(storage_path('framework/sessions/*')) as $file) Laraman\\Facades\\Gateway::laravelSession(basename($file))->close(4002, 'by tinker');
      `);
      assert.equal(code, 0, output);
      assert.deepEqual(await socket.closed, { code: 4002, reason: 'by tinker' });
    });
  });
}
