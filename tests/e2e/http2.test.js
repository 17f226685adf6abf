// HTTP/2 on the same port: with TLS by ALPN, without TLS by prior knowledge; WebSockets as HTTP/2 streams (RFC 8441).

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { chatApp, probeApp } from './lib/app.js';
import { bubble, connected, enter, launch, openWindow, say } from './lib/browser.js';
import { makeCertificate } from './lib/certificates.js';
import { Server, run } from './lib/server.js';
import { RawSocket, frame } from './lib/socket.js';
import { sleep, within } from './lib/workspace.js';

const own = makeCertificate('localhost', ['localhost']);
const tls = ['--tls-certificate', own.certificate, '--tls-key', own.key];

function connect(url) {
  const session = http2.connect(url, { rejectUnauthorized: false });
  session.on('error', () => {});
  return session;
}

/** One request; returns {status, headers, body, parts}. */
function ask(session, path, { method = 'GET', headers = {}, body = null } = {}) {
  const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === null });
  if (body !== null) stream.end(body);
  return within(20, `the answer to ${path}`, new Promise((resolve, reject) => {
    let head;
    const parts = [];
    stream.on('response', (fields) => { head = fields; });
    stream.on('data', (part) => parts.push(part));
    stream.on('error', reject);
    stream.on('close', () => resolve({ status: head?.[':status'], headers: head, body: Buffer.concat(parts).toString(), parts }));
  }));
}

/** A WebSocket that is one stream of the session. */
async function openSocket(session, path, headers = {}) {
  if (session.remoteSettings?.enableConnectProtocol === undefined) await new Promise((resolve) => session.once('remoteSettings', resolve));
  assert.equal(session.remoteSettings.enableConnectProtocol, true);
  const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': path, 'sec-websocket-version': '13', ...headers }, { endStream: false });
  const raw = new RawSocket(stream);
  raw.head = await within(10, `the answer to ${path}`, new Promise((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  }));
  return raw;
}

describe('HTTP/2', () => {
  let server, session;

  before(async () => {
    server = await Server.start(await probeApp(), { loops: 2, workers: 4, flags: [...tls, '--ini', 'post_max_size=1G'], scheme: 'https' });
    session = connect(server.url);
  });
  after(async () => {
    session?.destroy();
    await server?.stop();
  });

  test('requests of a client go side by side over one connection', async () => {
    const slow = ask(session, '/api/odd/slow/700');
    let slowEnded = false;
    slow.then(() => { slowEnded = true; });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, number) => ask(session, `/api/stateless/echo/${number}?n=${number}`, {
      method: 'POST', body: `number=${number}`, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })));
    assert.equal(slowEnded, false);
    for (const [number, { status, body }] of answers.entries()) {
      assert.equal(status, 200);
      assert.equal(JSON.parse(body).path, `api/stateless/echo/${number}`);
    }
    assert.equal((await slow).status, 200);
  });

  test('the application sees the request as it came', async () => {
    const { status, headers, body } = await ask(session, '/api/stateless/echo/a%20b?x=1&y[]=2', {
      method: 'POST', body: '{"a":[1,2]}',
      headers: { 'content-type': 'application/json', cookie: 'one=1; two=2', 'x-custom': 'value', accept: 'application/json' },
    });
    assert.equal(status, 200);
    assert.equal(headers.connection, undefined);
    const seen = JSON.parse(body);
    assert.equal(seen.method, 'POST');
    assert.equal(seen.server.SERVER_PROTOCOL, 'HTTP/2.0');
    assert.equal(seen.server.HTTPS, 'on');
    assert.equal(seen.server.CONTENT_LENGTH, '11');
    assert.equal(seen.server.HTTP_X_CUSTOM, 'value');
    assert.equal(seen.url, `${server.url}/api/stateless/echo/a%20b?x=1&y%5B0%5D=2`);
  });

  test('a streamed response arrives as it is produced, beside others', async () => {
    const stream = session.request({ ':path': '/api/odd/stream' });
    const times = [];
    let text = '';
    stream.on('data', (part) => { text += part; times.push(Date.now()); });
    await sleep(150);
    assert.equal((await ask(session, '/api/ping')).status, 200);
    await within(10, 'the end', new Promise((resolve) => stream.on('close', resolve)));
    assert.equal(text, 'one two three');
    assert.ok(times.at(-1) - times[0] > 400, 'in parts');
  });

  test('cookies, HEAD, exit(), an error, and a worker that dies', async () => {
    const cookies = (await ask(session, '/api/odd/cookies')).headers['set-cookie'];
    assert.ok(cookies.length >= 2, cookies);
    const head = await ask(session, '/api/ping', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.body, '');
    assert.equal((await ask(session, '/api/odd/exit')).status, 200);
    assert.equal((await ask(session, '/api/odd/throw')).status, 500);
    assert.equal((await ask(session, '/api/odd/kill')).status, 502);
    assert.equal((await ask(session, '/api/ping')).status, 200);
  });

  test('an upload and a download of 20 MB arrive whole', async () => {
    const body = Buffer.alloc(20 << 20, 'upload');
    const { status, body: answer } = await ask(session, '/api/large', { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } });
    assert.equal(status, 200);
    assert.match(answer, new RegExp(String(body.length)));
    const { headers, parts } = await ask(session, '/api/odd/once/20');
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    assert.ok(size >= 20 << 20, String(size));
    assert.equal(headers['transfer-encoding'], undefined);
  });

  test('a client that breaks off its request is heard of by the worker, and the connection goes on', async () => {
    const stream = session.request({ ':path': '/api/odd/endless/echo' });
    await within(10, 'the first bytes', new Promise((resolve) => stream.once('data', resolve)));
    stream.close(http2.constants.NGHTTP2_CANCEL);
    for (let number = 0; number < 8; number++) assert.equal((await ask(session, '/api/ping')).status, 200);
  });

  test('WebSockets are streams like others', async () => {
    const [first, second] = await Promise.all([openSocket(session, '/echo'), openSocket(session, '/echo')]);
    assert.equal(first.head[':status'], 200);
    assert.equal(first.head['sec-websocket-accept'], undefined);
    first.write(frame(1, 'to the first'));
    second.write(frame(1, 'to the second'));
    assert.match((await second.frame()).payload.toString(), /to the second/);
    assert.match((await first.frame()).payload.toString(), /to the first/);
    assert.equal((await ask(session, '/api/ping')).status, 200);
    const { connections } = JSON.parse((await server.command('connections', '--json')).output);
    assert.equal(connections.length, 2);
    first.write(frame(8, Buffer.from([3, 232])));
    assert.equal(await first.closeCode(), 1000);
    second.socket.close(http2.constants.NGHTTP2_CANCEL);
  });

  test('a reload keeps them', async () => {
    const socket = await openSocket(session, '/echo');
    const { code, output } = await server.command('reload');
    assert.equal(code, 0, output);
    socket.write(frame(1, 'after it'));
    assert.match((await socket.frame()).payload.toString(), /after it/);
    socket.socket.close(http2.constants.NGHTTP2_CANCEL);
  });

  test('an application refuses a WebSocket by its own answer', async () => {
    const refused = await openSocket(session, '/refusing/403');
    assert.equal(refused.head[':status'], 403);
    const foreign = await openSocket(session, '/echo', { origin: 'https://evil.test' });
    assert.equal(foreign.head[':status'], 403);
  });

  test('curl speaks it', async () => {
    const { code, output } = await run('curl', ['-sSk', '--http2', '-w', ' %{http_version}', `${server.url}/api/ping`]);
    assert.equal(code, 0, output);
    assert.match(output, / 2$/);
  });
});

test('without TLS HTTP/2 is for those who know, and a stop lets their requests end', async () => {
  const server = await Server.start(await probeApp());
  const { output } = await run('curl', ['-sS', '--http2-prior-knowledge', '-w', ' %{http_version}', `${server.url}/api/ping`]);
  assert.match(output, / 2$/);
  const session = connect(server.url);
  const slow = ask(session, '/api/odd/slow/800');
  const socket = await openSocket(session, '/echo');
  const ended = new Promise((resolve) => session.on('close', resolve));
  const stopped = server.stop();
  assert.equal((await slow).status, 200);
  assert.equal(await socket.closeCode(), 1012);
  await within(10, 'the end of the connection', ended);
  assert.equal((await stopped).code, 0);
});

test('two people chat in browsers whose sockets share the connection of their pages', async () => {
  const app = await chatApp();
  const server = await Server.start(app, { flags: [...tls, '--access-log', 'common', '--access-log-file', '-'], scheme: 'https' });
  const browser = await launch();
  try {
    const at = { url: `https://localhost:${server.port}` };
    const ada = await openWindow(browser, at, { ignoreHTTPSErrors: true });
    const grace = await openWindow(browser, at, { ignoreHTTPSErrors: true });
    await enter(ada, 'Ada');
    await enter(grace, 'Grace');
    await say(ada, 'over one connection');
    await bubble(grace, 'over one connection');
    await grace.reload();
    await connected(grace);
    assert.deepEqual(ada.errors, []);
  } finally {
    await browser.close();
    await server.stop();
  }
  assert.match(server.log, /"GET \/login HTTP\/2\.0" 200/);
  assert.match(server.log, /"GET \/chat\/lobby HTTP\/2\.0" 200 -/, 'the socket');
  assert.doesNotMatch(server.log, /HTTP\/1\.1" 101/);
});
