// HTTP callbacks of a gateway without an application, and its handshakes without any.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { decode, encode, Gateway, text } from './lib/gateway.js';
import { frame, RawSocket, Refused, Socket } from './lib/socket.js';
import { sleep, until } from './lib/workspace.js';

/** A callback server: calls `answer(path, fields, response)` for each callback; `calls` are the received ones. */
class CallbackServer {
  static async start(answer) {
    const server = new CallbackServer();
    server.calls = [];
    server.sockets = new Set();
    server.http = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part)).on('end', () => {
        const call = { path: request.url, headers: request.headers, method: request.method, fields: decode(Buffer.concat(parts)) };
        server.calls.push(call);
        server.sockets.add(request.socket);
        answer(call, response);
      });
    });
    await new Promise((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${server.http.address().port}`;
    return server;
  }

  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }
}

const allow = (...more) => encode([[1, true], ...more]);

for (const loops of [1, 4]) {
  test(`the open callback gives user, session, topics and a first message; the close callback comes before the event (${loops} loops)`, async () => {
    let business = null;
    let eventsAtClose = null;
    const callbacks = await CallbackServer.start(async ({ path }, response) => {
      if (path === '/close') {
        await sleep(150);
        eventsAtClose = business.events.map(({ kind }) => kind);
        response.writeHead(500).end('whatever');
      } else {
        response.writeHead(200).end(allow([2, 'a session'], [3, 'ann'], [4, 'news'], [4, 'sport'], [5, 'welcome']));
      }
    });
    const gateway = await Gateway.start({ loops, flags: ['--callback-open', `${callbacks.url}/open`, '--callback-close', `${callbacks.url}/close`] });
    business = await gateway.business();
    const socket = await Socket.open(gateway, '/netsvr?token=1', { headers: { 'X-Forwarded-For': '1.2.3.4', 'X-Real-IP': '5.6.7.8' } });
    assert.equal(await socket.next(), 'welcome');

    const [call] = callbacks.calls;
    assert.equal(call.method, 'POST');
    assert.equal(call.headers['content-type'], 'application/x-protobuf');
    assert.equal(call.headers.accept, 'application/x-protobuf');
    assert.match(text(call.fields, 1), /^[0-9a-f]{28}$/);
    assert.deepEqual([2, 3, 4, 5].map((field) => text(call.fields, field)), ['token=1', '1.2.3.4', '5.6.7.8', '127.0.0.1']);
    assert.equal(text(call.fields, 101), '/netsvr');

    socket.raw('hello');
    await business.kinds(2);
    const [, message] = business.events;
    assert.equal(text(message.fields, 2), 'ann');
    assert.equal(text(message.fields, 3), 'a session');
    assert.deepEqual(message.fields[4].map(String), ['news', 'sport']);
    assert.equal(text(message.fields, 5), 'hello');

    await socket.close(4001);
    assert.deepEqual(await business.kinds(3), ['open', 'message', 'close']);
    assert.deepEqual(eventsAtClose, ['open', 'message'], 'the close event waits for the callback');
    const closed = callbacks.calls.at(-1);
    assert.equal(text(closed.fields, 1), text(call.fields, 1));
    assert.deepEqual([2, 3].map((field) => text(closed.fields, field)), ['ann', 'a session']);
    assert.deepEqual(closed.fields[4].map(String), ['news', 'sport']);
    assert.equal(closed.headers.accept, '*/*');
    business.end();
    assert.equal((await gateway.stop()).code, 0);
    callbacks.stop();
  });
}

test('a refused client gets its message and 1008, and no business hears of it; nor does the close callback', async () => {
  let answer = encode([[1, false], [5, 'not you']]);
  const callbacks = await CallbackServer.start((_, response) => response.end(answer));
  const gateway = await Gateway.start({ flags: ['--callback-open', `${callbacks.url}/open`, '--callback-close', `${callbacks.url}/close`] });
  const business = await gateway.business();
  const refused = await Socket.open(gateway, '/');
  assert.equal(await refused.next(), 'not you');
  assert.deepEqual(await refused.closed, { code: 1008, reason: 'unauthorized' });

  answer = '';  // an empty message does not allow either
  const silent = await Socket.open(gateway, '/');
  assert.deepEqual(await silent.closed, { code: 1008, reason: 'unauthorized' });

  await sleep(200);
  assert.deepEqual(business.events, []);
  assert.deepEqual(callbacks.calls.map(({ path }) => path), ['/open', '/open']);
  business.end();
  await gateway.stop();
  callbacks.stop();
});

test('any other answer, or none in time, is 1011 with a reason that tells nothing; the log has the rest', async () => {
  let respond;
  const callbacks = await CallbackServer.start((_, response) => respond(response));
  const gateway = await Gateway.start({ flags: ['--callback-open', `${callbacks.url}/secret-path?key=hidden`, '--callback-timeout', 0.5] });
  const business = await gateway.business();
  const outcome = async (how) => {
    respond = how;
    return (await Socket.open(gateway, '/')).closed;
  };
  const failed = { code: 1011, reason: 'internal error' };
  assert.deepEqual(await outcome((response) => response.writeHead(500).end(allow())), failed);
  assert.deepEqual(await outcome((response) => response.writeHead(201).end(allow())), failed);
  assert.deepEqual(await outcome((response) => response.writeHead(204).end()), failed);
  assert.deepEqual(await outcome((response) => response.end('this is no protobuf')), failed);
  assert.deepEqual(await outcome((response) => response.socket.destroy()), failed);
  assert.deepEqual(await outcome((response) => response.writeHead(200, { 'Content-Length': 100 }).write('half')), failed);
  assert.deepEqual(await outcome((response) => response.end(Buffer.alloc(3 << 20))), failed);
  const began = Date.now();
  assert.deepEqual(await outcome(() => {}), failed, 'a server that hangs');
  assert.ok(Date.now() - began < 1500);
  assert.deepEqual(await outcome((response) => response.writeHead(302, { Location: `${callbacks.url}/elsewhere` }).end()), failed, 'redirected in a circle');
  callbacks.stop();
  assert.deepEqual(await outcome(null), failed, 'nobody listens');
  assert.match(gateway.log, /callback failed callback=open .*status 500/);
  assert.doesNotMatch(gateway.log, /hidden/);
  assert.deepEqual(business.events, []);
  business.end();
  await gateway.stop();
});

test('what a client sends before the answer is held: delivered if it is let in, discarded if it is not', async () => {
  let pending = [];
  const callbacks = await CallbackServer.start((_, response) => pending.push(response));
  const gateway = await Gateway.start({ flags: ['--callback-open', callbacks.url] });
  const business = await gateway.business();
  const impatient = async () => {
    pending = [];
    const opening = RawSocket.open(gateway, '/');
    await until('the callback', () => pending.length === 1);
    return opening;
  };

  const in_ = impatient();
  await until('the callback', () => pending.length === 1);
  pending[0].end(allow());
  const socket = await in_;
  socket.write(frame(1, 'after'));
  assert.deepEqual(await business.kinds(2), ['open', 'message']);
  socket.socket.destroy();
  await business.kinds(3);

  // Pipelined after the handshake, without waiting for its response.
  const { connect } = await import('node:net');
  const handshake = 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    + 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n';
  const eager = async (answer) => {
    pending = [];
    const raw = connect(gateway.port, '127.0.0.1');
    raw.on('error', () => {}).resume();
    raw.write(Buffer.concat([Buffer.from(handshake), frame(1, 'early')]));
    await until('the callback', () => pending.length === 1);
    await sleep(100);
    const before = business.events.length;
    pending[0].end(answer);
    await sleep(200);
    raw.destroy();
    return business.events.slice(before).map(({ kind, fields }) => (kind === 'message' ? text(fields, 5) : kind));
  };
  assert.deepEqual(await eager(allow()), ['open', 'early']);
  await business.kinds(6);
  assert.deepEqual(await eager(encode([[1, false]])), []);
  business.end();
  await gateway.stop();
  callbacks.stop();
});

test('callbacks share kept connections, never more than their bound', async () => {
  const callbacks = await CallbackServer.start((_, response) => setTimeout(() => response.end(allow()), 20));
  const gateway = await Gateway.start({ flags: ['--callback-open', callbacks.url, '--callback-timeout', 20] });
  const sockets = await Promise.all(Array.from({ length: 150 }, () => Socket.open(gateway, '/')));
  assert.equal(callbacks.calls.length, 150);
  assert.ok(callbacks.sockets.size <= 32, `${callbacks.sockets.size} connections`);
  await Promise.all(sockets.map((socket) => socket.close()));
  await gateway.stop();
  callbacks.stop();
});

test('without callbacks everybody is let in, on the configured paths only', async () => {
  const gateway = await Gateway.start({ flags: ['--websocket-path', '/netsvr', '--websocket-path', '/app/*'] });
  const business = await gateway.business();
  const socket = await Socket.open(gateway, '/netsvr?a=1', { headers: { Origin: 'https://anywhere.example' } });
  socket.raw('hi');
  assert.deepEqual(await business.kinds(2), ['open', 'message']);
  assert.equal(text(business.events[0].fields, 2), 'a=1');
  await (await Socket.open(gateway, '/app/x/y')).close();
  for (const path of ['/', '/netsvr/', '/netsvr2', '/app', '/other']) {
    await assert.rejects(Socket.open(gateway, path), (error) => error instanceof Refused && error.status === 404, path);
  }
  const get = async (path, method = 'GET') => (await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method })).status;
  assert.equal(await get('/netsvr'), 426);
  assert.equal(await get('/other'), 404);
  assert.equal(await get('/netsvr', 'POST'), 404);
  await socket.close();
  business.end();
  await gateway.stop();
});
