// Large, long and compressed transfers: files sent by the gateway, streams whose client has disconnected, uploads of
// hundreds of megabytes, gzip and br; and their lines in the access log.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { probeApp } from './lib/app.js';
import { exchange, statusOf } from './lib/http.js';
import { Server, laraman } from './lib/server.js';
import { freePort, until, within } from './lib/workspace.js';

const MB = 1 << 20;

/** Peak private memory of a process in bytes. */
const peakOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) * 1024;

test('a large request body is kept in the directory for it, in a file without a name', async () => {
  const app = await probeApp();
  mkdirSync(app.path('storage/bodies'));
  const server = await Server.start(app, { flags: ['--body-dir', app.path('storage/bodies')] });
  const [{ pid }] = await server.processes('gateway');
  const socket = net.connect(server.port, '127.0.0.1');
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(`POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${'b'.repeat(100_000)}`);
  const open = () => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  await until('the file', () => open().some((path) => path.startsWith(app.path('storage/bodies')) && path.endsWith('(deleted)')));
  assert.deepEqual(readdirSync(app.path('storage/bodies')), []);
  socket.write('b'.repeat(100_000));
  assert.match((await within(10, 'the answer', answered)).toString(), /^HTTP\/1\.1 200/);
  socket.destroy();
  await server.stop();

  const wrong = await laraman(['start', '--app', app.folder, '--port', await freePort(), '--body-dir', '/nowhere']);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.output, /\/nowhere: there is no such directory.*--body-dir/);
});

describe('large, long and compressed', () => {
  let server, client;
  before(async () => {
    const app = await probeApp();
    app.write('public/build/app.js.gz', gzipSync('compressed by a build'));
    server = await Server.start(app, {
      loops: 2,
      workers: 1,
      flags: ['--ini', 'upload_max_filesize=1G', '--ini', 'post_max_size=1G', '--max-body-bytes', 500 * MB, '--access-log', 'json'],
    });
    client = server.client();
  });
  after(() => server?.stop());

  const log = () => server.app.read('storage/logs/access.log').trim().split('\n').map((line) => JSON.parse(line));
  const idle = () => until('the worker to be idle', async () => (await server.processes('worker')).every(({ state }) => state === 'idle'));

  test('a file does not keep its worker, however slow its client is', async () => {
    const sizes = await new Promise((resolve, reject) => {
      http.get(`${server.url}/api/odd/once/64`, async (response) => {
        try {
          assert.equal(response.headers['content-length'], String(64 * MB));
          assert.match(response.headers['content-disposition'], /once\.bin/);
          response.pause();
          const answered = await within(5, 'the only worker', client.get('/api/ping'));
          assert.equal(answered.status, 200);
          await until('the file to be deleted', () => !readdirSync(server.app.path('storage')).some((name) => name.startsWith('once-')));
          let size = 0;
          response.on('data', (bytes) => { size += bytes.length; }).on('end', () => resolve(size)).on('error', reject);
          response.resume();
        } catch (error) {
          reject(error);
        }
      }).on('error', reject);
    });
    assert.equal(sizes, 64 * MB);
  });

  test('a file may be deleted as soon as the response is sent', async () => {
    for (const how of ['terminating', 'defer', 'shutdown']) {
      for (let i = 0; i < 30; i++) {
        const { status, body } = await client.get(`/api/odd/removed/${how}`);
        assert.deepEqual([status, body.length], [200, 100_000], how);
      }
    }
    await until('the files to be deleted', () => !readdirSync(server.app.path('storage')).some((name) => name.startsWith('removed-')));
  });

  test('X-Sendfile and X-Accel-Redirect name files of storage/app, and no others', async () => {
    for (const how of ['sendfile', 'redirect']) {
      const whole = await client.get(`/api/odd/accelerated/${how}`);
      assert.deepEqual([whole.status, whole.body, whole.headers['content-type']], [200, 'named by a header', 'text/plain; charset=utf-8']);
      assert.ok(!whole.rawHeaders.some((field) => /^x-(sendfile|accel|laraman)/i.test(field)));
      const part = await client.get(`/api/odd/accelerated/${how}`, { Range: 'bytes=-6' });
      assert.deepEqual([part.status, part.body], [206, 'header']);
    }
    const outside = await client.get('/api/odd/accelerated/outside');
    assert.equal(outside.status, 500);
    assert.ok(!outside.body.includes('APP_KEY'));
    await until('the reason in the log', () => server.log.includes('below none of the directories'));
  });

  /** Head and first bytes of an answer, whose connection is then cut. */
  const beginningOf = (path) => within(10, path, new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.on('error', reject).on('data', (bytes) => {
      received += bytes;
      if (!received.includes('line 1')) return;
      socket.destroy();
      resolve(received.split('\r\n\r\n'));
    });
  }));

  test('who goes away stops what produces for him', async () => {
    const { pid } = await client.getJson('/api/ping');
    const hows = ['generator', 'callback', 'events', 'download'];
    for (const [at, how] of hows.entries()) {
      const [head, first] = await beginningOf(`/api/odd/endless/${how}`);
      assert.match(head + first, /line 1/, how);
      await until(`the end of ${how}`, () => server.app.read('storage/stopped').split('\n').length - 1 === at + 1, 5);
    }
    await idle();
    assert.equal((await client.getJson('/api/ping')).pid, pid, 'the same worker, and the same application in it');
    assert.equal(server.app.laravelLog.match(/ClientGone/), null);
  });

  test('an upload of 300 MB is in nobody\'s memory', async () => {
    const size = 300 * MB;
    const block = Buffer.alloc(MB, 'upload');
    const md5 = createHash('md5');
    for (let n = 0; n < 300; n++) md5.update(block);
    const expected = md5.digest('hex');
    const [gateway] = await server.processes('gateway');
    const [worker] = await server.processes('worker');
    const before = [gateway.pid, worker.pid].map(peakOf);

    const send = (method, headers, start, end) => within(60, 'the upload', new Promise((resolve, reject) => {
      const request = http.request({ port: server.port, host: '127.0.0.1', method, path: '/api/large', headers }, (response) => {
        let body = '';
        response.on('data', (part) => { body += part; }).on('end', () => resolve(JSON.parse(body)));
      }).on('error', reject);
      let left = 300;
      const more = () => {
        while (left > 0) {
          left--;
          if (!request.write(block)) return request.once('drain', more);
        }
        request.end(end);
      };
      request.write(start);
      more();
    }));
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n';
    const tail = '\r\n--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nbeside\r\n--b--\r\n';
    const form = await send('POST', { 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': size + head.length + tail.length }, head, tail);
    assert.deepEqual([form.size, form.md5, form.note], [size, expected, 'beside']);
    const raw = await send('PUT', { 'Content-Type': 'application/octet-stream', 'Content-Length': size }, '', '');
    assert.deepEqual([raw.size, raw.md5], [size, expected]);

    const grown = [gateway.pid, worker.pid].map((pid, at) => peakOf(pid) - before[at]);
    assert.ok(grown.every((bytes) => bytes < 12 * MB), `gateway and worker grew by ${grown.map((bytes) => (bytes / MB).toFixed(1))} MB`);
    assert.ok(raw.peak < 40 * MB, `PHP: ${raw.peak}`);
  });

  test('a body above the limit is refused, before it is sent if its length is told', async () => {
    const told = await exchange(server.port, `POST /api/body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${501 * MB}\r\n\r\n`);
    assert.equal(statusOf(told), 413);
    const asked = await exchange(server.port, 'POST /api/body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n', { seconds: 0.3 });
    assert.equal(asked, 'HTTP/1.1 100 Continue\r\n\r\n');
  });

  test('trailers are read and left aside', async () => {
    const answer = await exchange(server.port, 'POST /api/body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nTrailer: X-Sum\r\n'
      + 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n');
    assert.equal(statusOf(answer), 200);
    assert.match(answer, new RegExp(createHash('md5').update('body').digest('hex')));
  });

  test('text is compressed for those who take it', async () => {
    const plain = await client.get('/api/stateless/text/large');
    const gzip = await client.get('/api/stateless/text/large', { 'Accept-Encoding': 'gzip' });
    const brotli = await client.get('/api/stateless/text/large', { 'Accept-Encoding': 'gzip, deflate, br' });
    assert.deepEqual([plain, gzip, brotli].map(({ headers }) => headers['content-encoding']), [undefined, 'gzip', 'br']);
    assert.deepEqual([plain, gzip, brotli].map(({ headers }) => headers.vary), Array(3).fill('Accept-Encoding'));
    assert.equal(gunzipSync(gzip.bytes).toString(), plain.body);
    assert.equal(brotliDecompressSync(brotli.bytes).toString(), plain.body);
    assert.ok(gzip.bytes.length < plain.bytes.length / 10);
    const built = await client.get('/build/app.js', { 'Accept-Encoding': 'gzip' });
    assert.equal(gunzipSync(built.bytes).toString(), 'compressed by a build');
    const stream = await client.get('/api/stateless/stream/flushed', { 'Accept-Encoding': 'gzip' });
    assert.equal(gunzipSync(stream.bytes).toString(), 'one,two,three');
    const events = await client.get('/api/stateless/stream/events', { 'Accept-Encoding': 'gzip' });
    assert.equal(events.headers['content-encoding'], undefined);
    assert.equal((await client.get('/api/stateless/text/bytes', { 'Accept-Encoding': 'gzip' })).headers['content-encoding'], undefined);
  });

  test('each request has its line in the access log, which a rotation moves away', async () => {
    await client.get('/api/odd/status/418?logged=1', { 'User-Agent': 'a "test"' });
    await until('the line', () => log().some(({ target }) => target.includes('logged=1')));
    const line = log().find(({ target }) => target.includes('logged=1'));
    assert.deepEqual([line.client, line.method, line.protocol, line.status, line.bytes, line.user_agent], ['127.0.0.1', 'GET', 'HTTP/1.1', 418, 10, 'a "test"']);
    assert.ok(line.seconds > 0 && line.seconds < 10);
    const file = server.app.path('storage/logs/access.log');
    renameSync(file, `${file}.1`);
    server.process.kill('SIGUSR1');
    await until('a new file', () => existsSync(file));
    await client.get('/api/ping?rotated');
    await until('the line in the new file', () => server.app.read('storage/logs/access.log').includes('rotated'));
  });
});
