// The end of a connection reaches the handler, whatever its cause; and which clients may open a connection.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chatApp, probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { frame, RawSocket, Refused, Socket } from './lib/socket.js';
import { sleep, until } from './lib/workspace.js';

const HEARTBEAT = 1;

for (const loops of [1, 4]) {
  describe(`the beginning and the end of a connection, ${loops} event loops`, () => {
    let server, ada, witness;

    before(async () => {
      server = await Server.start(await chatApp(), { loops, flags: ['--heartbeat', HEARTBEAT] });
      ada = await server.client().logIn('Ada');
      witness = await Socket.open(server, '/chat/lobby', { client: ada });
    });
    after(async () => {
      witness?.ws.terminate();
      await server?.stop();
    });

    const visitor = async (name) => {
      const client = await server.client().logIn(name);
      const socket = await Socket.open(server, '/chat/lobby', { client });
      socket.send('hello', { after: 0 });
      assert.equal((await witness.event('joined')).name, name);
      return socket;
    };

    test('without a log-in the handshake gets Laravel\'s own answer', async () => {
      await assert.rejects(Socket.open(server, '/chat/lobby'), (error) => error instanceof Refused && error.status === 302 && /\/login$/.test(error.headers.location));
      await assert.rejects(Socket.open(server, '/chat/nowhere', { client: ada }), { status: 404 });
      await assert.rejects(Socket.open(server, '/nothing/at/all'), { status: 404 });
    });

    test('after the log-out too, though the cookies are the same', async () => {
      const client = await server.client().logIn(`Leaver ${loops}`);
      const socket = await Socket.open(server, '/chat/random', { client });
      const cookies = client.cookieHeader;
      const answer = await client.post('/logout');
      assert.equal(answer.status, 302);
      assert.deepEqual(await socket.closed, { code: 4001, reason: 'Logged out' });
      await assert.rejects(Socket.open(server, '/chat/random', { headers: { Cookie: cookies } }), { status: 302 });
    });

    test('a page of another origin is refused, one of the same origin is not', async () => {
      await assert.rejects(Socket.open(server, '/chat/lobby', { client: ada, headers: { Origin: 'https://evil.example' } }), { status: 403 });
      const socket = await Socket.open(server, '/chat/lobby', { client: ada, headers: { Origin: server.url } });
      await socket.close();
    });

    test('a plain request to a socket route is told to upgrade', async () => {
      assert.equal((await ada.get('/chat/lobby')).status, 426);
    });

    test('a closing handshake', async () => {
      const socket = await visitor(`Polite ${loops}`);
      assert.equal((await socket.close(1000)).code, 1000);
      assert.equal((await witness.event('left')).name, `Polite ${loops}`);
    });

    test('a connection that breaks off', async () => {
      const socket = await visitor(`Rude ${loops}`);
      socket.ws.terminate();
      assert.equal((await witness.event('left')).name, `Rude ${loops}`);
    });

    test('a client that falls silent is closed within two heartbeats', async () => {
      const client = await server.client().logIn(`Silent ${loops}`);
      const child = fork(fileURLToPath(new URL('./lib/child-client.js', import.meta.url)), [server.port, '/chat/lobby', client.cookieHeader]);
      try {
        await new Promise((resolve) => child.once('message', resolve));
        assert.equal((await witness.event('joined')).name, `Silent ${loops}`);
        await sleep(2500 * HEARTBEAT);  // the client answers pings, so the connection stays open
        assert.equal(child.exitCode, null);
        const stopped = Date.now();
        child.kill('SIGSTOP');
        assert.equal((await witness.event('left', 10)).name, `Silent ${loops}`);
        const seconds = (Date.now() - stopped) / 1000;
        assert.ok(seconds <= 2 * HEARTBEAT + 0.5, `closed after ${seconds} s`);
      } finally {
        child.kill('SIGKILL');
      }
    });

    test('the witness lives on', () => {
      assert.equal(witness.ws.readyState, 1);
    });
  });
}

describe('what a handler is told and may do', () => {
  let server;
  before(async () => { server = await Server.start(await probeApp()); });
  after(() => server?.stop());

  test('a handler closes with its own code and reason', async () => {
    const socket = await Socket.open(server, '/faulty');
    socket.raw('close');
    assert.deepEqual(await socket.closed, { code: 4001, reason: 'as it wished' });
  });

  test('open() refuses with a status of its own', async () => {
    await assert.rejects(Socket.open(server, '/refusing/403'), { status: 403 });
    await assert.rejects(Socket.open(server, '/refusing/503'), { status: 503 });
    await assert.rejects(Socket.open(server, '/refusing/500'), { status: 500 });
    assert.match(server.app.laravelLog, /thrown in open\(\)/);
  });

  test('a handler may ask for a number, as a controller may', async () => {
    const socket = await Socket.open(server, '/refusing/200');
    socket.raw('');
    assert.equal(await socket.event('parameter'), 200);
    await socket.close();
  });

  test('every connection that was opened is closed exactly once', async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, (_, number) => Socket.open(server, `/count?name=c${number}`)));
    sockets.forEach((socket, number) => {
      socket.raw('0');
      number % 2 ? socket.ws.close() : setTimeout(() => socket.ws.terminate(), 200);
    });
    const closes = () => server.app.read('storage/count.log').split('\n').filter((line) => line.startsWith('close c')).map((line) => line.split(' ')[1]).sort();
    await until('40 closes', () => closes().length >= 40);
    await sleep(200);
    assert.deepEqual(closes(), Array.from({ length: 40 }, (_, number) => `c${number}`).sort());
  });

  test('text, binary, empty and large messages come back as they were', async () => {
    const socket = await Socket.open(server, '/echo');
    for (const message of ['text', '', 'ä漢👋', Buffer.from([0, 255, 1]), Buffer.alloc(0), 'x'.repeat(70_000), Buffer.alloc(1_000_000, 7)]) {
      const back = await socket.ask(message);
      assert.equal(typeof back, typeof message);
      assert.ok(Buffer.from(back).equals(Buffer.from(message)));
    }
    await socket.close();
  });

  test('a message in fragments with a ping between them is one message', async () => {
    const raw = await RawSocket.open(server, '/echo');
    raw.write(frame(1, 'in ', { fin: false }), frame(0, 'three ', { fin: false }), frame(9, 'ping'), frame(0, 'parts'));
    const frames = [await raw.frame(), await raw.frame()].sort((a, b) => b.opcode - a.opcode);
    assert.deepEqual(frames.map(({ opcode, payload }) => [opcode, payload.toString()]), [[10, 'ping'], [1, 'in three parts']]);
    raw.socket.destroy();
  });
});
