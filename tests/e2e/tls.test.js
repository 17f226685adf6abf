// TLS on the public port: https and wss, certificates by host name, and renewal of certificates at run time.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';
import { probeApp } from './lib/app.js';
import { makeCertificate, nameShown } from './lib/certificates.js';
import { Gateway } from './lib/gateway.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until, within } from './lib/workspace.js';

const first = makeCertificate('first.test', ['first.test', 'localhost']);
const second = makeCertificate('second.test', ['second.test', '*.wild.test']);
const flagsOf = (...pairs) => pairs.flatMap(({ certificate, key }) => ['--tls-certificate', certificate, '--tls-key', key]);

/** A TLS connection that asks for `name`. */
function connect(port, { name = 'first.test', ...options } = {}) {
  return within(10, 'a TLS connection', new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false, ...options }, () => resolve(socket));
    socket.on('error', reject);
  }));
}

function openSocket(port, path = '/', options = {}) {
  const ws = new WebSocket(`wss://127.0.0.1:${port}${path}`, { rejectUnauthorized: false, perMessageDeflate: false, ...options });
  const socket = new Socket(ws);
  return within(10, 'a socket', new Promise((resolve, reject) => ws.on('open', () => resolve(socket)).on('error', reject)));
}

function get(port, path, options = {}) {
  return within(20, path, new Promise((resolve, reject) => {
    https.get({ port, host: '127.0.0.1', path, rejectUnauthorized: false, agent: false, ...options }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts) }));
    }).on('error', reject);
  }));
}

for (const loops of [1, 4]) {
  test(`https and wss: requests, files, large messages (${loops} loops)`, async () => {
    const app = await probeApp();
    const large = Buffer.alloc(5_000_000, 'large file ');
    writeFileSync(app.path('public/large.txt'), large);
    const server = await Server.start(app, { loops, flags: flagsOf(first), scheme: 'https' });
    assert.ok((await get(server.port, '/large.txt')).body.equals(large));
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(server.port, '/api/odd/slow/10')));
    assert.deepEqual(answers.map(({ status }) => status), Array(20).fill(200));
    const socket = await openSocket(server.port, '/echo');
    for (const size of [1, 16_384, 500_000]) {
      const message = 'x'.repeat(size);
      assert.equal(await socket.ask(message), message);
    }
    assert.equal((await socket.close()).code, 1000);
    const left = await openSocket(server.port, '/echo');
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.equal((await left.closed).code, 1012);
  });
}

test('the certificate is that of the name that the client asks for', async () => {
  const gateway = await Gateway.start({ flags: ['--echo', ...flagsOf(first, second)] });
  for (const [name, shown] of [['first.test', 'first.test'], ['second.test', 'second.test'], ['a.wild.test', 'second.test'], ['other.test', 'first.test'], ['', 'first.test']]) {
    assert.equal(await nameShown(gateway.port, name), shown, name);
  }
  const verified = await connect(gateway.port, { name: 'second.test', ca: readFileSync(second.certificate), rejectUnauthorized: true });
  assert.ok(verified.authorized);
  verified.destroy();
  await gateway.stop();
});

test('versions, protocols, resumption, and clients that speak something else', async () => {
  const gateway = await Gateway.start({ loops: 2, flags: ['--echo', ...flagsOf(first)] });
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const modern = await connect(gateway.port, { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1', 'h2'] });
    assert.equal(modern.alpnProtocol, 'h2');
    modern.destroy();
    const socket = await connect(gateway.port, { minVersion: version, maxVersion: version, ALPNProtocols: ['http/1.1'] });
    assert.equal(socket.getProtocol(), version);
    assert.equal(socket.alpnProtocol, 'http/1.1');
    let session = socket.getSession();
    socket.on('session', (later) => { session = later; });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    socket.resume();
    await within(10, 'the end', new Promise((resolve) => socket.on('close', resolve)));
    const again = await connect(gateway.port, { minVersion: version, maxVersion: version, session });
    assert.ok(again.isSessionReused(), version);
    again.destroy();
  }
  await assert.rejects(connect(gateway.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }));
  await assert.rejects(connect(gateway.port, { ALPNProtocols: ['h3'] }));

  const plain = net.connect(gateway.port, '127.0.0.1');
  plain.on('error', () => {}).resume();
  plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await within(5, 'the end of a client without TLS', new Promise((resolve) => plain.on('close', resolve)));

  const socket = await openSocket(gateway.port);
  assert.equal(await socket.ask('still here'), 'still here');
  await socket.close();
  await gateway.stop();
});

test('a client that does not go on with its handshake is closed', async () => {
  const gateway = await Gateway.start({ flags: ['--echo', ...flagsOf(first)] });
  const silent = net.connect(gateway.port, '127.0.0.1');
  silent.on('error', () => {}).resume();
  silent.write(Buffer.from([22, 3, 1, 0, 200]));  // the beginning of a record
  await within(15, 'the end of the silent client', new Promise((resolve) => silent.on('close', resolve)));
  await gateway.stop();
});

test('SIGHUP loads new certificates, without touching a socket; broken ones leave the old', async () => {
  const used = makeCertificate('old.test', ['old.test'], { file: 'used' });
  const gateway = await Gateway.start({ loops: 2, flags: ['--echo', ...flagsOf(used)] });
  const socket = await openSocket(gateway.port);
  assert.equal(await nameShown(gateway.port, 'old.test'), 'old.test');

  const renewed = makeCertificate('new.test', ['new.test']);
  copyFileSync(renewed.certificate, used.certificate);
  copyFileSync(renewed.key, used.key);
  gateway.process.kill('SIGHUP');
  await until('the new certificate', async () => (await nameShown(gateway.port, 'new.test')) === 'new.test');
  assert.equal(await socket.ask('still here'), 'still here');

  writeFileSync(used.certificate, 'broken');
  gateway.process.kill('SIGHUP');
  await until('the error', () => /new certificates cannot be used.*used\.pem/.test(gateway.log));
  assert.equal(await nameShown(gateway.port, 'new.test'), 'new.test');
  assert.equal(await socket.ask('and here'), 'and here');
  await socket.close();
  assert.equal((await gateway.stop()).code, 0);
});

test('laraman reload loads new certificates too', async () => {
  const used = makeCertificate('before.test', ['before.test'], { file: 'reloaded' });
  const server = await Server.start(await probeApp(), { flags: flagsOf(used), scheme: 'https' });
  const socket = await openSocket(server.port, '/echo');
  const renewed = makeCertificate('after.test', ['after.test']);
  copyFileSync(renewed.certificate, used.certificate);
  copyFileSync(renewed.key, used.key);
  const { code, output } = await server.command('reload');
  assert.equal(code, 0, output);
  assert.equal(await nameShown(server.port, 'after.test'), 'after.test');
  assert.equal(await socket.ask('still here'), 'still here');
  await socket.close();
  await server.stop();
});

test('a certificate that cannot be used stops the start, and is named', async () => {
  await assert.rejects(Gateway.start({ flags: ['--tls-certificate', '/nowhere/cert.pem'] }), /\/nowhere\/cert\.pem/);
  await assert.rejects(Gateway.start({ flags: ['--tls-certificate', first.certificate, '--tls-key', second.key] }), /second\.test\.key/);
  await assert.rejects(Gateway.start({ flags: ['--tls-certificate', first.certificate, '--tls-certificate', second.certificate, '--tls-key', first.key] }), /each tls-certificate needs its tls-key/);
});

test('a request in the clear is told that the port speaks TLS', async () => {
  const gateway = await Gateway.start({ flags: ['--echo', ...flagsOf(first)] });
  for (const request of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', `POST / HTTP/1.1\r\nContent-Length: 8000\r\n\r\n${'x'.repeat(8000)}`, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
    const socket = net.connect(gateway.port, '127.0.0.1');
    socket.write(request);
    const answer = await within(10, 'the answer', new Promise((resolve, reject) => {
      let text = '';
      socket.on('data', (bytes) => { text += bytes; }).on('end', () => resolve(text)).on('error', reject);
    }));
    assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(answer, /\r\n\r\nThis port speaks TLS\. Use an address that begins with https:\/\/\n$/);
    socket.destroy();
  }
  assert.equal((await openSocket(gateway.port)).ws.readyState, 1);
  await gateway.stop();
});
