// The server on its machine: sockets that systemd has opened, and a user other than root.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, probeApp } from './lib/app.js';
import { Browserless } from './lib/http.js';
import { laraman, Server } from './lib/server.js';
import { freePort, temporaryFolder } from './lib/workspace.js';

test('it serves the socket that systemd has opened, on every event loop', async () => {
  const app = await probeApp();
  const listening = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address();
  const server = await Server.activated(app, listening._handle.fd, port);
  listening.close();
  assert.equal((await server.status()).server.address, `http://127.0.0.1:${port}`);
  const answers = await Promise.all(Array.from({ length: 20 }, () => new Browserless(port).get('/api/ping')));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('started by root it belongs to the user and group that it was told; anybody else cannot change them', async () => {
  const app = await probeApp();
  if (process.getuid() !== 0) {
    const { code, output } = await laraman(['start', '--app', app.folder, '--port', await freePort(), '--user', 'nobody']);
    assert.equal(code, 1);
    assert.match(output, /only root can run as another user/);
    return;
  }
  // Only root reads it, so that the checkout may be in a folder that other users cannot read.
  const server = await Server.start(app, { flags: ['--user', 'root', '--group', 'nogroup'] });
  const { processes } = await server.status();
  const group = Number(execFileSync('getent', ['group', 'nogroup'], { encoding: 'utf8' }).split(':')[2]);
  assert.deepEqual([...new Set(processes.map(({ pid }) => statSync(`/proc/${pid}`).gid))], [group]);
  assert.equal((await server.client().get('/api/ping')).status, 200);
  assert.equal((await server.command('reload')).code, 0);
  await server.stop();

  const unknown = await laraman(['start', '--app', app.folder, '--port', await freePort(), '--user', 'no-such-user']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.output, /there is no such user/);
});

test('secrets of the server reach no worker: neither by its environment, nor by .env and the configuration', async () => {
  const app = await probeApp();
  app.write('.env', `${app.read('.env')}\nLARAMAN_NETSVR_SECRET=open-sesame\n`);
  app.write('routes/web.php', `${app.read('routes/web.php')}\nRoute::get('/configuration', static fn () => response()->json(config('laraman')));`);
  const server = await Server.start(app, { env: { LARAMAN_NETSVR_SECRET: 'open-sesame', SHELL_SAYS: 'hello' } });
  for (const path of ['/api/odd/env/LARAMAN_NETSVR_SECRET', '/api/odd/server', '/api/odd/phpinfo', '/configuration']) {
    const { status, body } = await server.client().get(path);
    assert.equal(status, 200, path);
    assert.doesNotMatch(body, /open-sesame/, path);
  }
  assert.match((await server.client().get('/api/odd/phpinfo')).body, /SHELL_SAYS/);
  const workers = await server.processes('worker');
  assert.ok(workers.length > 0);
  for (const { pid } of workers) assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /open-sesame/);
  await server.stop();
});

test('root asks the application for its settings as the user of the server', async () => {
  if (process.getuid() !== 0) return;
  // On some machines only root can read the checkout's packages, so artisan is a separate script here.
  const app = new App(join(temporaryFolder(), 'app'));
  mkdirSync(app.folder);
  app.write('artisan', `<?php
    file_put_contents(__DIR__.'/asked', posix_geteuid().' '.getenv('USER'));
    fwrite(STDERR, 'no settings here');
    exit(1);
  `);
  execFileSync('chmod', ['-R', 'a+rwX', join(app.folder, '..')]);
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  const { code, output } = await laraman(['start', '--app', app.folder, '--port', await freePort(), '--user', 'nobody']);
  assert.equal(code, 1);
  assert.match(output, /no settings here/);
  assert.equal(app.read('asked'), `${nobody} nobody`);
  assert.equal(statSync(app.path('asked')).uid, nobody);
});

test('root does not take the user from the application, which it would have to run first, nor from a file that it names', async () => {
  if (process.getuid() !== 0) return;
  for (const answer of ['{"config": {"user": "nobody"}, "dotenv": {}}', '{"config": {}, "dotenv": {"LARAMAN_USER": "nobody"}}', '{"config": {}, "dotenv": {"LARAMAN_CONFIG": "other.toml"}}']) {
    const app = new App(join(temporaryFolder(), 'app'));
    mkdirSync(app.folder);
    app.write('other.toml', 'user = "nobody"\n');
    app.write('artisan', `<?php
      fwrite(fopen('php://fd/'.getenv('LARAMAN_SETTINGS_FD'), 'w'), '${answer}');
    `);
    const { code, output } = await laraman(['start', '--app', app.folder, '--port', await freePort()]);
    assert.equal(code, 2);
    assert.match(output, /user: root does not take it from the application.*--user/);
  }
});
