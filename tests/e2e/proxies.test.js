// Behind proxies: PROXY headers, trusted X-Forwarded-*, and a Unix socket as the public port.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';
import { probeApp } from './lib/app.js';
import { makeCertificate } from './lib/certificates.js';
import { Gateway, text } from './lib/gateway.js';
import { Nginx } from './lib/nginx.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { temporaryFolder, until, within } from './lib/workspace.js';

const handshake = 'GET /?who=me HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  + 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** The server's response to these bytes: up to the end of a head, or everything if it closes. */
function say(stream, ...parts) {
  return within(10, 'an answer', new Promise((resolve) => {
    let received = '';
    stream.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (received.includes('\r\n\r\n')) resolve(received);
    });
    stream.on('error', () => {}).on('close', () => resolve(`${received}<closed>`));
    for (const part of parts) stream.write(part);
  }));
}

const version2 = (address, extensions = Buffer.alloc(0)) => {
  const body = Buffer.concat([Buffer.from([...address.split('.').map(Number), 127, 0, 0, 1, 0x12, 0x34, 0x01, 0xbb]), extensions]);
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n'), Buffer.from([0x21, 0x11, body.length >> 8, body.length & 255]), body]);
};

test('a PROXY header of either version says whose connection it is; nobody comes in without one', async () => {
  const gateway = await Gateway.start({ loops: 2, flags: ['--proxy-protocol', 'on', '--proxy-trusted', '127.0.0.1'] });
  const business = await gateway.business();
  const sockets = [];
  const open = (...parts) => {
    sockets.push(net.connect(gateway.port, '127.0.0.1'));
    return say(sockets.at(-1), ...parts);
  };
  assert.match(await open('PROXY TCP4 1.2.3.4 5.6.7.8 1111 80\r\n', handshake), /^HTTP\/1\.1 101 /);
  assert.match(await open(version2('9.8.7.6', Buffer.from([3, 0, 2, 1, 2])), handshake), /^HTTP\/1\.1 101 /);
  assert.match(await open('PROXY TCP6 2001:db8::7 ::1 1 2\r\n', handshake), /^HTTP\/1\.1 101 /);
  assert.match(await open('PROXY UNKNOWN\r\n', handshake), /^HTTP\/1\.1 101 /);
  await business.kinds(4);
  assert.deepEqual(business.events.map(({ fields }) => text(fields, 5)), ['1.2.3.4', '9.8.7.6', '2001:db8::7', '127.0.0.1']);

  assert.equal(await open(handshake), '<closed>');
  assert.equal(await open('PROXY TCP4 1.2.3.4 5.6.7.8 1111\r\n', handshake), '<closed>');
  business.end();
  sockets.forEach((socket) => socket.destroy());
  await gateway.stop();
});

test('the PROXY header stands before TLS', async () => {
  const { certificate, key } = makeCertificate('proxied.test', ['proxied.test']);
  const gateway = await Gateway.start({ flags: ['--proxy-protocol', 'on', '--proxy-trusted', '127.0.0.0/8', '--tls-certificate', certificate, '--tls-key', key] });
  const business = await gateway.business();
  const socket = net.connect(gateway.port, '127.0.0.1');
  socket.write('PROXY TCP4 1.2.3.4 5.6.7.8 1111 443\r\n');
  const secure = tls.connect({ socket, servername: 'proxied.test', rejectUnauthorized: false });
  assert.match(await say(secure, handshake), /^HTTP\/1\.1 101 /);
  await business.kinds(1);
  assert.equal(text(business.events[0].fields, 5), '1.2.3.4');
  secure.destroy();
  business.end();
  await gateway.stop();
});

test('who is no trusted proxy is closed; trusting nobody is no way to start', async () => {
  const gateway = await Gateway.start({ flags: ['--proxy-protocol', 'on', '--proxy-trusted', '10.0.0.0/8'] });
  assert.equal(await say(net.connect(gateway.port, '127.0.0.1'), 'PROXY TCP4 1.2.3.4 5.6.7.8 1111 80\r\n', handshake), '<closed>');
  await until('a line in the log', () => gateway.log.includes('not a trusted proxy'));
  await gateway.stop();
  await assert.rejects(Gateway.start({ flags: ['--proxy-protocol', 'on'] }), /proxy-trusted/);
});

test('X-Forwarded-For of a trusted proxy is the address that businesses get; of nobody else', async () => {
  for (const [trusted, address] of [['127.0.0.1', '1.2.3.4'], ['10.0.0.0/8', '127.0.0.1']]) {
    const gateway = await Gateway.start({ flags: ['--proxy-trusted', trusted] });
    const business = await gateway.business();
    const socket = await Socket.open(gateway, '/', { headers: { 'X-Forwarded-For': '6.6.6.6, 1.2.3.4' } });
    await business.kinds(1);
    assert.equal(text(business.events[0].fields, 5), address);
    assert.equal(text(business.events[0].fields, 3), '6.6.6.6, 1.2.3.4', 'the field itself comes as it was');
    await socket.close();
    business.end();
    await gateway.stop();
  }
});

for (const loops of [1, 4]) {
  test(`a Unix socket as the public port: its mode, its loops, and what is left over (${loops} loops)`, async () => {
    const path = join(temporaryFolder(), 'http.sock');
    const start = () => Gateway.start({ loops, listen: ['--host', `unix:${path}`, '--socket-mode', '0600'], flags: ['--echo'] });
    const gateway = await start();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => new Promise((resolve, reject) => {
      const ws = new WebSocket(`ws+unix://${path}:/x`);
      const socket = new Socket(ws);
      ws.on('open', () => resolve(socket)).on('error', reject);
    })));
    for (const socket of sockets) assert.equal(await socket.ask('hello'), 'hello');
    const status = await new Promise((resolve, reject) => {
      http.get({ socketPath: path, path: '/' }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    assert.equal(status, 426);

    await assert.rejects(start(), /in use/, 'while somebody listens');
    gateway.process.kill('SIGKILL');
    await gateway.ended;
    assert.ok(existsSync(path), 'left over');
    const next = await start();
    assert.equal((await next.stop()).code, 0);
    assert.ok(!existsSync(path));
  });
}

test('laraman start behind nginx by a Unix socket: Laravel knows client and scheme, pages may open sockets', async () => {
  const app = await probeApp();
  app.edit('bootstrap/app.php', '->withMiddleware(function (Middleware $middleware): void {', "->withMiddleware(function (Middleware $middleware): void {\n        $middleware->trustProxies(at: '127.0.0.1');");
  const path = join(app.folder, 'storage/http.sock');
  const server = await Server.start(app, { loops: 2, flags: ['--host', `unix:${path}`, '--proxy-trusted', '127.0.0.1'], url: `unix:${path}` });
  const nginx = await Nginx.start(`
    location / {
      proxy_pass http://unix:${path}:;
      proxy_http_version 1.1;
      proxy_set_header X-Forwarded-Host shop.test;
      proxy_set_header X-Forwarded-For 9.9.9.9;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }`);
  const seen = await (await fetch(`http://127.0.0.1:${nginx.port}/api/odd/server`)).json();
  assert.equal(seen.url, 'https://shop.test/api/odd/server');
  assert.equal(seen.ip, '9.9.9.9');
  assert.equal(seen.server.REMOTE_ADDR, '127.0.0.1');
  assert.equal(seen.server.HTTP_X_FORWARDED_FOR, '9.9.9.9');
  const socket = await Socket.open(nginx, '/echo', { headers: { Origin: 'https://shop.test' } });
  assert.equal(await socket.ask('through nginx'), 'through nginx');
  await assert.rejects(Socket.open(nginx, '/echo', { headers: { Origin: 'https://evil.test' } }), (error) => error.status === 403);
  await socket.close();
  await nginx.stop();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.ok(!existsSync(path));
});
