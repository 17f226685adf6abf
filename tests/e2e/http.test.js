// HTTP through the gateway: files without PHP, Laravel's responses, uploads, and PHP code that misbehaves.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chatApp, probeApp } from './lib/app.js';
import { exchange, statusOf } from './lib/http.js';
import { Server } from './lib/server.js';
import { sleep, until } from './lib/workspace.js';

const md5 = (bytes) => createHash('md5').update(bytes).digest('hex');
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

for (const loops of [1, 4]) {
  describe(`the example over HTTP, ${loops} event loops`, () => {
    let server;
    before(async () => { server = await Server.start(await chatApp(), { loops }); });
    after(() => server?.stop());

    test('files of public/ come without PHP, with type, validators and ranges', async () => {
      const client = server.client();
      const whole = await client.get('/css/app.css');
      assert.equal(whole.status, 200);
      assert.match(whole.headers['content-type'], /^text\/css/);
      assert.equal(whole.body, server.app.read('public/css/app.css'));
      assert.equal((await client.get('/css/app.css', { 'If-None-Match': whole.headers.etag })).status, 304);
      const part = await client.get('/css/app.css', { Range: 'bytes=10-19' });
      assert.equal(part.status, 206);
      assert.equal(part.body, whole.body.slice(10, 20));
      assert.match((await client.get('/favicon.svg')).headers['content-type'], /^image\/svg\+xml/);
      assert.match((await client.get('/js/chat.js')).headers['content-type'], /javascript/);
      const requests = (await server.processes('worker')).reduce((sum, worker) => sum + worker.requests, 0);
      await client.get('/css/app.css');
      assert.equal((await server.processes('worker')).reduce((sum, worker) => sum + worker.requests, 0), requests);
    });

    test('nothing outside public/ can be had, nor any PHP source', async () => {
      for (const path of ['/../.env', '/..%2f.env', '/%2e%2e/.env', '/css/../../.env', '/css/..%2f..%2f.env', '/.env', '//etc/passwd', '/storage/../../.env', '/storage/..%2f..%2f..%2f.env', '/css/%00']) {
        const answer = await exchange(server.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        assert.ok([400, 404].includes(statusOf(answer)), `${path}: ${answer.slice(0, 60)}`);
        assert.ok(!answer.includes('APP_KEY'), path);
      }
      const source = await server.client().get('/index.php');
      assert.ok(!source.body.includes('<?php'));
    });

    test('JSON routes answer, with and without the database', async () => {
      const client = server.client();
      assert.deepEqual(await client.getJson('/api/ping'), { pong: true, server: 'laraman' });
      const { rooms } = await client.getJson('/api/rooms');
      assert.deepEqual(rooms.map(({ slug }) => slug), ['lobby', 'laravel', 'random']);
      assert.equal(client.cookies.size, 0);
    });

    test('a log-in needs its CSRF token, and what is wrong with it is told', async () => {
      const client = server.client();
      assert.equal((await client.post('/login', { name: 'Ada', password: 'chat' })).status, 419);
      const guest = await client.get('/rooms/lobby');
      assert.equal(guest.status, 302);
      assert.match(guest.headers.location, /\/login$/);
      assert.equal((await client.get('/me', { Accept: 'application/json' })).status, 401);
      await client.get('/login');
      assert.equal((await client.post('/login', { name: 'Ada', password: 'wrong' })).status, 302);
      assert.match((await client.get('/login')).body, /These credentials do not match/);
      await client.logIn('Ada');
      assert.equal((await client.getJson('/me')).name, 'Ada');
      assert.match((await client.get('/rooms/lobby')).body, /Hello! Open this page/);
    });

    test('an avatar goes up and comes down again', async () => {
      const client = await server.client().logIn('Grace');
      const form = new FormData();
      form.append('avatar', new Blob([pixel], { type: 'image/png' }), 'pixel.png');
      const answer = await client.post('/avatar', form, { Accept: 'application/json' });
      assert.equal(answer.status, 200, answer.body);
      const { avatar } = JSON.parse(answer.body);
      const picture = await client.get(avatar);
      assert.equal(picture.status, 200);
      assert.equal(picture.headers['content-type'], 'image/png');
      assert.deepEqual(picture.bytes, pixel);
    });

    test('what is not an image is refused by Laravel\'s validation', async () => {
      const client = await server.client().logIn('Grace');
      const form = new FormData();
      form.append('avatar', new Blob(['<?php echo 1;'], { type: 'image/png' }), 'evil.png');
      const answer = await client.post('/avatar', form, { Accept: 'application/json' });
      assert.equal(answer.status, 422);
      assert.ok(JSON.parse(answer.body).errors.avatar);
    });
  });
}

describe('requests and answers as PHP sees and gives them', () => {
  let app, server, client;
  before(async () => {
    app = await probeApp();
    server = await Server.start(app);
    client = server.client();
  });
  after(() => server?.stop());

  test('server variables are those of a web server', async () => {
    const { server: variables, query, url, ip } = await client.getJson('/api/odd/server?a=1&b%5B%5D=2');
    assert.equal(variables.REQUEST_METHOD, 'GET');
    assert.equal(variables.REQUEST_URI, '/api/odd/server?a=1&b%5B%5D=2');
    assert.equal(variables.QUERY_STRING, 'a=1&b%5B%5D=2');
    assert.equal(variables.SERVER_PROTOCOL, 'HTTP/1.1');
    assert.equal(variables.REMOTE_ADDR, '127.0.0.1');
    assert.equal(variables.SERVER_PORT, String(server.port));
    assert.ok(variables.REQUEST_TIME === undefined || Number(variables.REQUEST_TIME) > 1e9);
    assert.deepEqual(query, { a: '1', b: ['2'] });
    assert.equal(url, `${server.url}/api/odd/server?a=1&b%5B0%5D=2`);
    assert.equal(ip, '127.0.0.1');
  });

  test('headers that could deceive PHP are taken off', async () => {
    const { server: variables } = await client.get('/api/odd/server', {
      Proxy: 'http://evil', Under_Score: 'x', 'Grip-Sig': 'x', 'Connection-Id': 'x', 'Meta-User': '1', 'Laraman-Events': '1', 'X-Kept': 'yes',
    }).then(({ body }) => JSON.parse(body));
    for (const name of ['HTTP_PROXY', 'HTTP_UNDER_SCORE', 'HTTP_GRIP_SIG', 'HTTP_CONNECTION_ID', 'HTTP_META_USER', 'LARAMAN_EVENTS']) {
      assert.equal(variables[name], undefined, name);
    }
    assert.equal(variables.HTTP_X_KEPT, 'yes');
    const events = await client.request('POST', '/echo', { headers: { 'Content-Type': 'application/websocket-events' }, body: 'OPEN\r\n' });
    assert.equal(events.status, 415);
  });

  test('forms, JSON, raw bodies and files arrive whole', async () => {
    const form = await client.post('/api/body', { a: '1', 'b[]': '2' }).then(({ body }) => JSON.parse(body));
    assert.deepEqual(form.post, { a: '1', b: ['2'] });
    const json = await client.request('POST', '/api/body', { headers: { 'Content-Type': 'application/json' }, body: '{"deep":{"er":1}}' });
    assert.deepEqual(JSON.parse(json.body).input, { deep: { er: 1 } });
    const raw = randomBytes(3_000_000);
    const bytes = await client.request('PUT', '/api/body', { headers: { 'Content-Type': 'application/octet-stream', 'X-HTTP-Method-Override': 'POST' }, body: raw });
    assert.ok([200, 405].includes(bytes.status));
    const posted = await client.request('POST', '/api/body', { headers: { 'Content-Type': 'application/octet-stream' }, body: raw });
    assert.deepEqual([JSON.parse(posted.body).length, JSON.parse(posted.body).md5], [raw.length, md5(raw)]);
    const upload = new FormData();
    upload.append('first', new Blob([raw.subarray(0, 1_000_000)]), 'first.bin');
    upload.append('second', new Blob(['two']), 'zwei ä.txt');
    upload.append('note', 'beside them');
    const { files, post } = JSON.parse((await client.post('/api/body', upload)).body);
    assert.equal(files.first.md5, md5(raw.subarray(0, 1_000_000)));
    assert.equal(files.first.uploaded, true);
    assert.ok(files.first.stored);
    assert.deepEqual([files.second.name, files.second.size], ['zwei ä.txt', 3]);
    assert.deepEqual(post, { note: 'beside them' });
  });

  test('a chunked body arrives whole', async () => {
    const answer = await exchange(server.port, 'POST /api/body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n'
      + 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;ext=1\r\n, world\r\n0\r\n\r\n');
    assert.equal(statusOf(answer), 200);
    assert.match(answer, new RegExp(md5('hello, world')));
  });

  test('several cookies, echoed output, status codes', async () => {
    const cookies = await client.get('/api/odd/cookies');
    assert.deepEqual(cookies.headers['set-cookie'].map((cookie) => cookie.split(';')[0]), ['first=one', 'second=two']);
    assert.equal((await client.get('/api/odd/echo')).body, 'echoed, returned');
    for (const status of [204, 304, 404, 418, 451, 503]) assert.equal((await client.get(`/api/odd/status/${status}`)).status, status);
    client.cookies.clear();
  });

  test('HEAD has the headers and no body', async () => {
    const get = await client.get('/api/odd/server');
    const head = await client.request('HEAD', '/api/odd/server');
    assert.equal(head.status, 200);
    assert.equal(head.bytes.length, 0);
    assert.equal(head.headers['content-type'], get.headers['content-type']);
  });

  test('a streamed answer comes piece by piece', async () => {
    const arrivals = await new Promise((resolve, reject) => {
      http.get(`${server.url}/api/odd/stream`, (response) => {
        const parts = [];
        const began = Date.now();
        response.on('data', (part) => parts.push([part.toString(), Date.now() - began]));
        response.on('end', () => resolve(parts));
      }).on('error', reject);
    });
    assert.equal(arrivals.map(([text]) => text).join(''), 'one two three');
    assert.ok(arrivals.length >= 3, JSON.stringify(arrivals));
    assert.ok(arrivals.at(-1)[1] - arrivals[0][1] >= 400, JSON.stringify(arrivals));
  });

  test('a file response is sent whole, and in ranges', async () => {
    const whole = await client.get('/api/odd/file');
    const expected = Array.from({ length: 200_000 }, (_, n) => n + 1).join('\n');
    assert.equal(whole.headers['content-length'], String(expected.length));
    assert.equal(md5(whole.bytes), md5(expected));
    const part = await client.get('/api/odd/file', { Range: 'bytes=1000-1999' });
    assert.equal(part.status, 206);
    assert.equal(part.body, expected.slice(1000, 2000));
  });

  test('keep-alive and pipelining answer in order on one connection', async () => {
    const paths = ['/api/ping', '/api/odd/slow/200', '/api/odd/status/418', '/favicon.none', '/api/ping'];
    const requests = paths.map((path, at) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${at === paths.length - 1 ? 'Connection: close\r\n' : ''}\r\n`).join('');
    const answer = await exchange(server.port, requests);
    assert.deepEqual([...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status), ['200', '200', '418', '404', '200']);
  });

  test('HTTP/1.0 is answered and closed', async () => {
    const answer = await exchange(server.port, 'GET /api/ping HTTP/1.0\r\n\r\n');
    assert.equal(statusOf(answer), 200);
    assert.ok(!/transfer-encoding: chunked/i.test(answer));
  });

  test('exit, dd and an exception end their request only', async () => {
    const workers = async () => new Set((await server.processes('worker')).map(({ pid }) => pid));
    const before = await workers();
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await client.get('/api/odd/exit').then(({ status, body }) => [status, body]), [200, 'said before exit']);
      const dump = await client.get('/api/odd/dd');
      assert.equal(dump.status, 500);
      assert.match(dump.body, /a dump/);
      assert.equal((await client.get('/api/odd/throw')).status, 500);
      for (let each = 0; each < 4; each++) assert.equal((await client.get('/api/ping')).status, 200);
    }
    assert.deepEqual(await workers(), before);
    assert.match(server.app.laravelLog, /thrown in a controller/);
  });

  test('warnings and notices are errors of Laravel, silenced ones are none', async () => {
    for (const path of ['/api/odd/warning', '/api/odd/notice']) {
      const answer = await client.get(path, { Accept: 'application/json' });
      assert.equal(answer.status, 500);
      assert.match(server.app.laravelLog, path.endsWith('notice') ? /ErrorException.*noticed|noticed.*ErrorException/ : /No such file or directory/);
      assert.equal((await client.get('/api/odd/silenced')).body, 'silenced');
    }
  });

  test('output before the headers goes before the content, however much', async () => {
    for (const kilobytes of [1, 10, 1000]) {
      const answer = await client.get(`/api/odd/early/${kilobytes}`);
      assert.deepEqual([answer.status, answer.headers['x-late'], answer.headers['x-plain'], answer.body.length], [202, 'yes', 'yes', kilobytes * 1024 + 3]);
      assert.match(answer.body, /^x+end$/);
    }
    const stream = await client.get('/api/odd/early-stream');
    assert.deepEqual([stream.status, stream.headers['x-late'], stream.body], [203, 'yes', 'early streamed']);
  });

  test('flush() before any output sends no headers yet', async () => {
    const answer = await client.get('/api/odd/late/flush');
    assert.deepEqual([answer.status, answer.headers['x-late'], answer.headers['x-plain'], answer.body], [201, 'yes', 'yes', 'after the flush']);
    assert.equal(client.cookies.get('late') !== undefined, true);
  });

  test('a response that fails before anything of it has left is an error page', async () => {
    for (const what of ['download', 'word', 'line%20break']) {
      const answer = await client.get(`/api/odd/late/${what}`, { Accept: 'text/html' });
      assert.equal(answer.status, 500, what);
      assert.match(answer.body, /Server Error|RuntimeException|Internal/i);
      assert.doesNotMatch(answer.body, /^a word/);
      assert.equal(answer.headers['content-disposition'], undefined);
      assert.equal(answer.headers['x-injected'], undefined);
    }
  });

  test('one that fails later breaks off visibly, and the worker goes on', async () => {
    const { pid } = JSON.parse((await client.get('/api/ping')).body);
    await assert.rejects(client.get('/api/odd/late/flushed'), /aborted|socket hang up|terminated/);
    assert.match(server.log, /response broken off path="\/api\/odd\/late\/flushed"/);
    const pids = await Promise.all(Array.from({ length: 6 }, async () => JSON.parse((await client.get('/api/ping')).body).pid));
    assert.ok(pids.includes(pid));
  });

  test('the directory, the headers and LARAVEL_START are those of the request', async () => {
    await client.get('/api/ping');
    await sleep(300);
    for (let n = 0; n < 4; n++) {
      const [directory, headers, same, seconds] = JSON.parse((await client.get('/api/odd/place', { 'X-Two-Words': 'a', 'Content-Type': 'text/plain' })).body);
      assert.equal(directory, realpathSync(app.path('public')));
      assert.equal(headers['X-Two-Words'], 'a');
      assert.equal(headers['Content-Type'], 'text/plain');
      assert.ok(headers.Host && same);
      assert.ok(seconds >= 0 && seconds < 0.25, `${seconds} s`);
    }
  });

  test('a child that a request has forked is no second worker', async () => {
    for (const how of ['return', 'exit']) {
      const before = new Set((await server.processes('worker')).map(({ pid }) => pid));
      const markers = Array.from({ length: 20 }, (_, n) => `${how}-${n}`);
      for (const marker of markers) {
        const answer = JSON.parse((await client.get(`/api/odd/fork/${how}?marker=${marker}`)).body);
        assert.equal(answer.marker, marker);
        assert.ok(before.has(answer.pid), 'answered by the child');
      }
      await until('the children', () => markers.every((marker) => app.read('storage/forks.log').includes(`${marker}\n`)));
    }
    assert.equal((await server.processes('worker')).length, 2);
    assert.doesNotMatch(server.log, /for nobody/);
  });

  test('a header may have a number for a name', async () => {
    assert.equal((await client.get('/api/odd/late/number')).headers['123'], 'a number');
  });

  test('a request that waits for a worker is served when one is free', async () => {
    const began = Date.now();
    const slow = Array.from({ length: 6 }, () => client.get('/api/odd/slow/300'));
    const answers = await Promise.all(slow);
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(new Set(answers.map(({ body }) => JSON.parse(body).pid)).size, 2);
    assert.ok(Date.now() - began >= 850);
  });

  test('a client that goes away does not keep its worker', async () => {
    await exchange(server.port, 'GET /api/odd/stream HTTP/1.1\r\nHost: x\r\n\r\n', { seconds: 0.2 });
    await until('both workers to be idle', async () => (await server.processes('worker')).every(({ state }) => state === 'idle'));
    assert.equal((await client.get('/api/ping')).status, 200);
  });

  test('exhausted memory shows the error page of Laravel, and the worker is replaced', async () => {
    const workers = async () => (await server.processes('worker')).map(({ pid }) => pid);
    const before = await workers();
    for (const path of ['/api/odd/memory', '/api/odd/exhaust']) {
      const memory = await client.get(path, { Accept: 'text/html' });
      assert.equal(memory.status, 500);
      assert.match(memory.body, /<title>[^<]*(Server Error|Allowed memory size)/, 'the error page of Laravel');
      for (let each = 0; each < 4; each++) assert.equal((await client.get('/api/ping')).status, 200);
    }
    await until('another worker', async () => (await workers()).some((pid) => !before.includes(pid)));
    assert.match(server.app.laravelLog, /Allowed memory size/);
  });
});
