// The runtime directory, with the sockets between the processes, is deleted under a running server.

import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { App, probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { temporaryFolder, until } from './lib/workspace.js';

const count = (text, part) => text.split(part).length - 1;

describe('a runtime directory that is deleted', () => {
  let app, server;
  const directory = () => app.path('storage/framework/laraman');
  before(async () => {
    app = await probeApp();
    server = await Server.start(app, { loops: 2 });
  });
  after(() => server?.stop());

  test('requests get an answer at once, and all is restored', async () => {
    const socket = await Socket.open(server, '/echo');
    rmSync(directory(), { recursive: true });
    const begin = Date.now();
    const answers = await Promise.all(Array.from({ length: 12 }, () => server.client().get('/api/ping')));
    assert.ok(Date.now() - begin < 2000, `answers after ${Date.now() - begin} ms`);
    for (const { status } of answers) assert.ok([200, 503].includes(status), status);

    await until('its return', () => server.log.includes('runtime directory restored'));
    await until('the reload', () => server.log.includes('reload done'));
    assert.equal(count(server.log, 'runtime directory or a socket in it was deleted'), 1);
    const later = await Promise.all(Array.from({ length: 20 }, () => server.client().get('/api/ping')));
    assert.deepEqual([...new Set(later.map(({ status }) => status))], [200]);
    assert.equal(await socket.ask('still here'), 'still here');
    await socket.close();
  });

  test('status and the task socket work again', async () => {
    assert.equal((await server.status()).server.state, 'running');
    assert.ok(existsSync(`${directory()}/task.sock`));
    const socket = await Socket.open(server, '/echo');
    assert.equal((await app.artisan('tinker', '--execute', "Laraman\\Facades\\Gateway::all()->send('news', 1);")).code, 0);
    assert.equal(await socket.event('news'), 1);
    await socket.close();
  });

  test('a gateway that dies afterwards is started with the new sockets', async () => {
    const [{ pid }] = await server.processes('gateway');
    process.kill(pid, 'SIGKILL');
    await until('another gateway', async () => {
      const [now] = await server.processes('gateway');
      return now && now.pid !== pid && now.state === 'ready';
    });
    await until('an answer', async () => (await server.client().get('/api/ping')).status === 200);
  });

  test('a single socket that is deleted is made again', async () => {
    rmSync(`${directory()}/control.sock`);
    const { code, output } = await server.command('status');
    assert.equal(code, 0, output);
    assert.match(output, /gateway +\d+ +ready/);
  });
});

test('status and stop work through the pid file where the directory cannot be made again', async () => {
  const app = await probeApp();
  const server = await Server.start(app);
  const directory = app.path('storage/framework/laraman');
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'in the way');
  await until('a word about it', () => server.log.includes('runtime directory not restored'));
  const status = await server.command('status');
  assert.equal(status.code, 0, status.output);
  assert.match(status.output, new RegExp(`Laraman runs with pid ${server.process.pid}, but there is no control socket in `));
  assert.equal((await server.status()).server.pid, server.process.pid);
  const { status: answered } = await server.client().get('/api/ping');
  assert.ok([200, 503].includes(answered), answered);
  const stopped = await server.command('stop');
  assert.deepEqual(stopped, { code: 0, signal: null, output: 'Laraman has stopped\n' });
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

// Like a deploy tool that keeps only the last releases; each release has its own storage directory.
test('the first release is deleted after a deploy, with the runtime directory in it', async () => {
  const releases = [await probeApp(), await probeApp()];
  const current = join(temporaryFolder(), 'current');
  symlinkSync(releases[0].folder, current);
  const server = await Server.start(new App(current), { workers: 2 });
  const socket = await Socket.open(server, '/echo');

  symlinkSync(releases[1].folder, `${current}.new`);
  renameSync(`${current}.new`, current);
  const reload = async () => {
    const { code, output } = await server.command('reload');
    assert.equal(code, 0, output);
  };
  const answers = async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => server.client().get('/api/ping')));
    return [...new Set(all.map(({ status }) => status))];
  };
  await reload();
  rmSync(releases[0].folder, { recursive: true, maxRetries: 5 });  // the server writes files at the same time
  await reload();
  await until('answers', async () => (await answers()).join() === '200', 5);
  await until('the directory', () => server.log.includes('runtime directory restored'));
  await until('the reload', () => server.log.split('reload done').length >= 4);
  assert.deepEqual(await answers(), [200]);

  assert.equal((await server.status()).server.state, 'running');
  const { code, output } = await new App(current).artisan('tinker', '--execute', "Laraman\\Facades\\Gateway::all()->send('news', 1);");
  assert.equal(code, 0, output);
  assert.equal(await socket.event('news'), 1);
  assert.equal(await socket.ask('still here'), 'still here');
  await socket.close();
  await server.stop();
});
