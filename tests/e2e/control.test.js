// start, stop, restart and status: in the foreground, in the background, and from within the application.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { binary, probeApp } from './lib/app.js';
import { Browserless } from './lib/http.js';
import { laraman, run, Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { freePort, sleep, temporaryFolder, until, within } from './lib/workspace.js';

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('in the foreground: it says where it serves, tells its status, and ends on SIGTERM leaving nothing behind', async () => {
  const app = await probeApp();
  const server = await Server.start(app, { loops: 2, workers: 3 });
  assert.match(server.log, new RegExp(`http://127\\.0\\.0\\.1:${server.port}`));
  const status = await server.status();
  assert.equal(status.server.address, server.url);
  assert.equal(status.server.state, 'running');
  assert.equal(status.processes.filter(({ role }) => role === 'worker').length, 3);
  assert.equal(status.loops.length, 2);
  const { code, output } = await server.command('status');
  assert.equal(code, 0);
  assert.match(output, new RegExp(`127\\.0\\.0\\.1:${server.port}`));
  assert.equal(app.read('storage/laraman.pid').trim(), String(server.process.pid));
  const pids = status.processes.map(({ pid }) => pid);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.deepEqual(pids.filter(isAlive), []);
  assert.ok(!existsSync(app.path('storage/laraman.pid')));
  const stopped = await server.command('status');
  assert.notEqual(stopped.code, 0);
  assert.match(stopped.output, /not running|no server/i);
});

test('status: what each worker does, since when, and what each process has cost', async () => {
  const server = await Server.start(await probeApp(), { workers: 2 });
  const slow = server.client().get('/api/odd/slow/1500?token=secret');
  const busy = await until('the job', async () => (await server.processes('worker')).find(({ job }) => job !== ''));
  assert.equal(busy.state, 'request');
  assert.equal(busy.job, 'GET /api/odd/slow/1500');
  const { output } = await server.command('status');
  assert.match(output, /PROCESS .* EVENTS +MEMORY +CPU\n/);
  assert.match(output, /worker \d .* request .*\n {4}GET \/api\/odd\/slow\/1500\n/);
  await slow;
  const socket = await Socket.open(server, '/echo');
  socket.raw('x');
  await socket.next();
  const { processes } = await server.status();
  assert.ok(processes.every(({ cpu_seconds: cpu, restarts }) => cpu >= 0 && restarts === 0), JSON.stringify(processes));
  assert.ok(processes.find(({ role }) => role === 'php').cpu_seconds > 0);
  assert.ok(processes.filter(({ role }) => role === 'worker').every(({ job }) => job === ''));

  const [worker] = processes.filter(({ role }) => role === 'worker');
  process.kill(worker.pid, 'SIGKILL');
  await until('its successor', async () => {
    const all = await server.processes('worker');
    return all.length === 2 && all.every(({ state, pid }) => state === 'idle' && pid !== worker.pid);
  });
  await socket.close();
  await server.stop();
});

// Number of voluntary context switches of a process's threads.
const sleeps = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
  const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
  return sum + Number(status.match(/^voluntary_ctxt_switches:\s+(\d+)/m)[1]);
}, 0);

test('a server with nothing to do sleeps, also when there was something', async () => {
  const server = await Server.start(await probeApp(), { loops: 2, workers: 2 });
  const socket = await Socket.open(server, '/echo');
  socket.raw('x');
  await socket.next();
  await Promise.all(Array.from({ length: 8 }, () => server.client().get('/api/odd/slow/50')));
  const { processes } = await server.status();
  const before = processes.map(({ pid }) => sleeps(pid));
  await sleep(2_000);
  const each = processes.map(({ role, pid }, i) => [role, sleeps(pid) - before[i]]);
  assert.ok(each.every(([, count]) => count < 40), JSON.stringify(each));
  await socket.close();
  await server.stop();
});

test('logs: the end of the log file, what is added to it, and where there is none', async () => {
  const app = await probeApp();
  const none = await laraman(['logs', '--app', app.folder]);
  assert.equal(none.code, 3);
  assert.match(none.output, /not running/);

  const port = await freePort();
  const start = await laraman(['start', '-d', '--app', app.folder, '--port', port, '--workers', 1, '--loops', 1]);
  assert.equal(start.code, 0, start.output);
  const file = app.path('storage/logs/laraman.log');
  const reload = () => laraman(['reload', '--app', app.folder]);
  let followed = '';
  const follower = spawn(binary, ['logs', '-f', '-n', '1', '--app', app.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  follower.stdout.on('data', (part) => { followed += part; });
  try {
    const all = await laraman(['logs', '--app', app.folder]);
    assert.equal(all.code, 0);
    assert.equal(all.output, readFileSync(file, 'utf8'));
    const two = await laraman(['logs', '--lines', 2, '--app', app.folder]);
    assert.equal(two.output, all.output.split('\n').slice(-3).join('\n'));
    await until('the last line', () => followed.trimEnd().split('\n').length === 1 && followed.endsWith('\n'));
    await reload();
    await until('what the reload says', () => /reload done/.test(followed));
    renameSync(file, `${file}.1`);
    process.kill(Number(app.read('storage/laraman.pid')), 'SIGUSR1');
    await until('the new file', () => existsSync(file));
    const before = followed.length;
    await reload();
    await until('what the next reload says', () => /reload done/.test(followed.slice(before)));
  } finally {
    follower.kill();
    await laraman(['stop', '--app', app.folder]);
  }
  const after = await laraman(['logs', '-n', 1, '--app', app.folder]);
  assert.equal(after.code, 0);
  assert.match(after.output, /not running; this is what the last server/);
  assert.match(after.output, /server ended/);

  const server = await Server.start(app);
  const foreground = await server.command('logs');
  assert.equal(foreground.code, 1);
  assert.match(foreground.output, /foreground.*standard error/);
  await server.stop();
});

test('a server of another user says whose it is', async () => {
  if (process.getuid() !== 0) return;  // only root can switch to another user
  const app = await probeApp();
  const server = await Server.start(app);
  const folder = temporaryFolder();
  const copy = join(folder, 'laraman');
  copyFileSync(binary, copy);
  for (const path of [folder, copy, dirname(app.folder), app.folder, app.path('storage')]) chmodSync(path, 0o755);
  const asNobody = (...args) => run('setpriv', ['--reuid', 65534, '--regid', 65534, '--clear-groups', copy, ...args, '--app', app.folder]);
  const status = await asNobody('status');
  assert.equal(status.code, 5, status.output);
  assert.match(status.output, new RegExp(`pid ${server.process.pid} of user root`));
  assert.equal((await asNobody('stop')).code, 5);
  const second = await asNobody('start', '--port', await freePort());
  assert.equal(second.code, 4, second.output);
  assert.match(second.output, new RegExp(`already running, pid ${server.process.pid} of user root`));
  assert.equal((await server.client().get('/api/ping')).status, 200);
  await server.stop();
});

test('connections: each client with its traffic, for people and as JSON', async () => {
  const server = await Server.start(await probeApp(), { loops: 2 });
  try {
    const sockets = [await Socket.open(server, '/echo'), await Socket.open(server, '/count?name=listed')];
    await sockets[0].ask('hello');
    await sockets[0].ask('again');
    const { code, output } = await server.command('connections', '--json');
    assert.equal(code, 0, output);
    const connections = JSON.parse(output).connections.sort((one, other) => other.path.localeCompare(one.path));
    assert.deepEqual(connections.map(({ path, address }) => [path, address]), [['/echo', '127.0.0.1'], ['/count', '127.0.0.1']]);
    const [echo] = connections;
    assert.deepEqual([echo.messages_in, echo.messages_out, echo.queued_bytes], [2, 2, 0]);
    assert.ok(echo.bytes_in >= 22 && echo.bytes_out >= 14 && echo.age_seconds < 60, JSON.stringify(echo));
    const table = (await server.command('connections')).output;
    assert.match(table, new RegExp(`${echo.id} +127\\.0\\.0\\.1 .* 2 +2 `));
    assert.match(table, /\n2 connections\n$/);
    sockets.forEach((socket) => socket.ws.terminate());
  } finally {
    await server.stop();
  }
  assert.equal((await server.command('connections')).code, 3);
});

test('SIGTERM lets a request finish and closes sockets with 1012; SIGINT does not wait', async () => {
  const app = await probeApp();
  let server = await Server.start(app);
  let socket = await Socket.open(server, '/echo');
  let slow = server.client().get('/api/odd/slow/800');
  await sleep(200);
  const end = server.stop();
  assert.equal((await slow).status, 200);
  assert.equal((await socket.closed).code, 1012);
  assert.deepEqual(await end, { code: 0, signal: null });

  server = await Server.start(app);
  slow = server.client().get('/api/odd/slow/5000').catch(() => 'gone');
  await sleep(200);
  const began = Date.now();
  server.process.kill('SIGINT');
  await within(3, 'the end', server.ended);
  assert.ok(Date.now() - began < 2000);
  await slow;
});

test('a stop that takes too long is cut off after the stop timeout', async () => {
  const server = await Server.start(await probeApp(), { flags: ['--stop-timeout', 1] });
  const slow = server.client().get('/api/odd/slow/8000').catch(() => 'gone');
  await sleep(200);
  const began = Date.now();
  await server.stop();
  const took = Date.now() - began;
  assert.ok(took >= 900 && took < 4000, `${took} ms`);
  await slow;
});

describe('in the background', () => {
  for (const [name, command] of [
    ['laraman', (app) => (action, ...flags) => laraman([action, '--app', app.folder, ...flags])],
    ['php artisan laraman', (app) => (action, ...flags) => run('php', ['artisan', 'laraman', action, ...flags], { cwd: app.folder })],
  ]) {
    test(`${name} start -d, status, restart, stop`, async () => {
      const app = await probeApp();
      const port = await freePort();
      const call = command(app);
      const start = await call('start', '-d', '--port', port, '--workers', 1, '--loops', 1);
      try {
        assert.equal(start.code, 0, start.output);
        const client = new Browserless(port);
        assert.equal((await client.getJson('/api/ping')).sapi, 'laraman');
        const pid = Number(app.read('storage/laraman.pid'));
        assert.ok(isAlive(pid));
        const status = await call('status');
        assert.equal(status.code, 0, status.output);
        assert.match(status.output, new RegExp(String(pid)));
        const twice = await call('start', '-d', '--port', port, '--workers', 1, '--loops', 1);
        assert.notEqual(twice.code, 0);
        assert.match(twice.output, new RegExp(`already runs|running|${pid}`));
        assert.equal((await call('reload')).code, 0);
        const restart = await call('restart', '-d', '--port', port, '--workers', 1, '--loops', 1);
        assert.equal(restart.code, 0, restart.output);
        await until('the new server', async () => {
          const now = Number(app.read('storage/laraman.pid'));
          return now && now !== pid && isAlive(now);
        });
        assert.equal((await client.getJson('/api/ping')).sapi, 'laraman');
        assert.ok(existsSync(app.path('storage/logs/laraman.log')));
      } finally {
        const stop = await call('stop');
        assert.equal(stop.code, 0, stop.output);
      }
      assert.ok(!existsSync(app.path('storage/laraman.pid')));
      await assert.rejects(new Browserless(port).get('/api/ping'));
      assert.notEqual((await call('stop')).code, 0);
    });
  }

  test('php artisan laraman start in the foreground becomes the server', async () => {
    const app = await probeApp();
    const port = await freePort();
    const ended = run('php', ['artisan', 'laraman', 'start', '--port', port, '--workers', 1, '--loops', 1], { cwd: app.folder });
    const client = new Browserless(port);
    await until('an answer', () => client.get('/api/ping').then(({ status }) => status === 200, () => false), 30);
    process.kill(Number(app.read('storage/laraman.pid')), 'SIGTERM');
    const { code, output } = await ended;
    assert.equal(code, 0, output);
  });
});

test('a pid file that a dead server left, or that names another process, is not believed', async () => {
  const app = await probeApp();
  const stranger = process.pid;
  for (const pid of [stranger, 999_999_9]) {
    app.write('storage/laraman.pid', `${pid}\n`);
    assert.notEqual((await laraman(['stop', '--app', app.folder])).code, 0);
    assert.ok(isAlive(stranger));
  }
  const server = await Server.start(app);
  assert.equal(app.read('storage/laraman.pid').trim(), String(server.process.pid));
  await server.stop();
});

test('a killed server leaves nothing that keeps the next one from starting', async () => {
  const app = await probeApp();
  const first = await Server.start(app);
  const pids = (await first.status()).processes.map(({ pid }) => pid);
  first.process.kill('SIGKILL');
  await first.ended;
  await until('its roles to end', () => pids.every((pid) => !isAlive(pid)));
  const second = await Server.start(app, { port: first.port });
  assert.equal((await second.client().get('/api/ping')).status, 200);
  await second.stop();
});

test('workers are replaced after --max-requests, and nobody notices', async () => {
  const server = await Server.start(await probeApp(), { workers: 2, flags: ['--max-requests', 10] });
  try {
    const pids = new Set();
    const socket = await Socket.open(server, '/echo');
    // A worker goes on until its successor has booted, so it takes further jobs meanwhile.
    const end = Date.now() + 10_000;
    for (let n = 0; n < 100 || (pids.size < 4 && Date.now() < end); n++) {
      const [answer, echo] = await Promise.all([server.client().getJson('/api/ping'), socket.ask(String(n))]);
      pids.add(answer.pid);
      assert.equal(echo, String(n));
    }
    assert.ok(pids.size >= 4, `${pids.size} workers`);
  } finally {
    await server.stop();
  }
});
