// The sources of settings, with `laraman …` and `php artisan laraman …`, and changes of settings at a reload.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { binary, cleanEnvironment, probeApp } from './lib/app.js';
import { Browserless } from './lib/http.js';
import { laraman, run, Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { freePort, temporaryFolder, until, within } from './lib/workspace.js';

const waysIn = {
  laraman: (app, args, options = {}) => laraman(args, { cwd: app.folder, ...options }),
  'php artisan laraman': (app, args, options = {}) => run('php', ['artisan', 'laraman', ...args], { cwd: app.folder, ...options }),
};

/** Replaces the `server` section of the application's config/laraman.php. */
function configure(app, server) {
  const text = app.read('config/laraman.php').replace(/ {4}'server' => \[.*\],\n/, '');
  app.write('config/laraman.php', text.replace('return [\n', `return [\n    'server' => [${server}],\n`));
}

// PHP outside the workers that sends to all connections.
const sends = `
  require 'vendor/autoload.php';
  $app = require 'bootstrap/app.php';
  $app->make(Illuminate\\Contracts\\Console\\Kernel::class)->bootstrap();
  Laraman\\Facades\\Gateway::all()->send('news', []);
  echo 'sent';`;

const port = ({ output }) => Number(output.match(/^port = (\d+)$/m)?.[1] ?? assert.fail(output));

for (const [name, call] of Object.entries(waysIn)) {
  for (const cached of [false, true]) {
    test(`${name}${cached ? ', config:cache' : ''}: flag, environment, .env, config/laraman.php, laraman.toml, default`, async () => {
      const app = await probeApp();
      const dotenv = app.read('.env');
      app.write('laraman.toml', 'port = 1001\n');
      configure(app, "'port' => 1002, 'host' => null");
      app.write('.env', `${dotenv}\nLARAMAN_PORT=1003\n`);
      if (cached) assert.equal((await app.artisan('config:cache')).code, 0);
      const shown = async (flags = [], env = {}) => port(await call(app, ['start', '--check-config', ...flags], { env }));
      const environment = { LARAMAN_PORT: '1004' };
      assert.equal(await shown(['--port', '1005'], environment), 1005);
      assert.equal(await shown([], environment), 1004);
      assert.equal(await shown(), 1003);
      app.write('.env', dotenv);
      assert.equal(await shown(), 1002);
      assert.equal(await shown(['--no-app']), 1001);
      configure(app, "'port' => null");
      if (cached) assert.equal((await app.artisan('config:cache')).code, 0);
      assert.equal(await shown(), 1001);
      rmSync(app.path('laraman.toml'));
      assert.equal(await shown(), 8000);
    });
  }

  test(`${name}: .env is read as Laravel reads it, and may name laraman.toml`, async () => {
    const app = await probeApp();
    configure(app, "'port' => 1002");
    const dotenv = app.read('.env');
    const shown = async (...lines) => {
      app.write('.env', [dotenv, ...lines, ''].join('\n'));
      return (await call(app, ['start', '--check-config'])).output;
    };
    for (const value of ['null', '(null)', 'empty', '(empty)', '']) assert.equal(port({ output: await shown(`LARAMAN_PORT=${value}`) }), 1002, value);
    assert.match(await shown('LARAMAN_HTTP_COMPRESSION=(false)'), /^compression = "off"$/m);
    assert.match(await shown('LARAMAN_PORT=true'), /\/\.env: LARAMAN_PORT: "true" is not a number from 0 to 65535\n/);
    app.write('laraman.toml', 'loops = 3\n');
    app.write('other.toml', 'loops = 2\nport = 1001\n');
    const output = await shown('LARAMAN_CONFIG=other.toml');
    assert.equal(port({ output }), 1002);
    assert.match(output, /^loops = 2$/m);
    assert.match(await shown('LARAMAN_CONFIG=nowhere.toml'), /\/nowhere\.toml: open: No such file or directory/);
  });

  test(`${name}: an application that does not boot, or has a wrong setting, does not start`, async () => {
    const app = await probeApp();
    configure(app, "'max_request' => 5");
    const unknown = await call(app, ['start']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.output, /config\/laraman\.php: server\.max_request: unknown setting \(did you mean max_requests\?\)/);
    configure(app, '');
    const good = app.read('bootstrap/app.php');
    app.write('bootstrap/app.php', '<?php this is not PHP');
    if (name === 'laraman') {
      const broken = await call(app, ['start', '--port', await freePort()]);
      assert.equal(broken.code, 1);
      assert.match(broken.output, /^laraman: php artisan laraman:settings: .*syntax error.*\n$/);
    }
    app.write('bootstrap/app.php', good);
  });

  test(`${name}: a server with its runtime directory and pid file elsewhere is found`, async () => {
    const app = await probeApp();
    const folder = temporaryFolder();
    configure(app, `'runtime_dir' => '${folder}/run', 'pid_file' => '${folder}/pid', 'workers' => 1`);
    const start = await call(app, ['start', '-d', '--port', await freePort(), '--loops', 1]);
    assert.equal(start.code, 0, start.output);
    assert.equal((await call(app, ['status'])).code, 0);
    assert.equal((await call(app, ['stop'])).code, 0);
    assert.ok(!existsSync(`${folder}/pid`));
    assert.equal((await call(app, ['status'])).code, 3);
  });
}

describe('with its runtime directory elsewhere', () => {
  const folder = temporaryFolder();
  const cases = {
    'config/laraman.php': (app) => configure(app, `'runtime_dir' => '${folder}/config'`),
    'config/laraman.php, relative': (app) => configure(app, "'runtime_dir' => 'run/here'"),
    '.env, config:cache': async (app) => {
      app.write('.env', `${app.read('.env')}\nLARAMAN_RUNTIME_DIR=run/here\n`);
      assert.equal((await app.artisan('config:cache')).code, 0);
    },
    'the environment': () => ({ env: { LARAMAN_RUNTIME_DIR: `${folder}/env` } }),
    'task_socket in config/laraman.php': (app) => configure(app, `'task_socket' => '${folder}/task'`),
  };

  for (const [name, set] of Object.entries(cases)) {
    test(`${name}: PHP outside the workers sends to its sockets`, async () => {
      const app = await probeApp();
      const { env = {} } = await set(app) ?? {};
      const server = await Server.start(app, { workers: 1, env });
      try {
        const socket = await Socket.open(server, '/echo');
        const { code, output } = await run('php', ['-r', sends], { cwd: app.folder, env });
        assert.deepEqual([code, output], [0, 'sent']);
        assert.deepEqual(await socket.event('news'), []);
        await socket.close();
        assert.ok(!existsSync(app.path('storage/framework/laraman/task.sock')));
      } finally {
        await server.stop();
      }
    });
  }

  for (const [name, set] of Object.entries({
    'laraman.toml': (app) => { app.write('laraman.toml', `runtime_dir = "${folder}/toml"\n`); },
    'a flag': () => ['--runtime-dir', `${folder}/flag`],
  })) {
    test(`${name}: processes that the server starts send to its sockets`, async () => {
      const app = await probeApp();
      app.edit('app/Providers/AppServiceProvider.php', 'public function boot(): void\n    {\n', `public function boot(): void
    {
        \\Illuminate\\Support\\Facades\\Event::listen(fn (\\Laraman\\Events\\LaramanStarting $event) => $event->process('herald', function () {
            for (; ; usleep(50_000)) \\Laraman\\Facades\\Gateway::all()->send('news', []);
        }));
`);
      const server = await Server.start(app, { workers: 1, flags: set(app) ?? [] });
      try {
        const socket = await Socket.open(server, '/echo');
        assert.deepEqual(await socket.event('news'), []);
        await socket.close();
      } finally {
        await server.stop();
      }
    });
  }
});

test('while a server runs, an application that does not boot is named by all that would read its settings', async () => {
  const app = await probeApp();
  const free = ['--port', await freePort(), '--workers', 1, '--loops', 1];
  const call = (...args) => laraman(args, { cwd: app.folder });
  const start = await call('start', '-d', ...free);
  assert.equal(start.code, 0, start.output);
  const good = app.read('bootstrap/app.php');
  app.write('bootstrap/app.php', '<?php this is not PHP');
  try {
    for (const args of [['start', '--check-config'], ['start', '-d', '--check-config'], ['restart', '--check-config'], ['restart', '-d', ...free], ['reload']]) {
      const { code, output } = await call(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(output, /^laraman: .*php artisan laraman:settings: .*syntax error.*\n$/, args.join(' '));
    }
    // The running server prevents a second start.
    for (const args of [['start', ...free], ['start', '-d', ...free]]) {
      const { code, output } = await call(...args);
      assert.equal(code, 4, output);
    }
    assert.equal((await call('status')).code, 0);
  } finally {
    app.write('bootstrap/app.php', good);
    assert.equal((await call('stop')).code, 0);
  }
});

test('what .env says is not in the environment of the server and its processes', async () => {
  const app = await probeApp();
  const serverPort = await freePort();
  const child = spawn('php', ['artisan', 'laraman:start', '--port', String(serverPort), '--workers', '1', '--loops', '1'], { cwd: app.folder, env: cleanEnvironment(), stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  try {
    await until('an answer', () => new Browserless(serverPort).get('/api/ping').then(({ status }) => status === 200, () => false), 30);
    const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0');
    assert.ok(environment.some((entry) => entry.startsWith('PATH=')));
    assert.deepEqual(environment.filter((entry) => /^(APP_|DB_)/.test(entry)), []);
    const { processes } = JSON.parse((await laraman(['status', '--json', '--app', app.folder])).output);
    for (const { pid, role } of processes) assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'utf8'), /APP_KEY=/, role);
  } finally {
    child.kill('SIGTERM');
    assert.equal(await within(20, 'its end', ended), 0);
  }
});

for (const disabled of ['pcntl_exec', 'pcntl_exec,pcntl_signal,pcntl_async_signals']) {
  test(`without ${disabled} the server ends with artisan`, async () => {
    const app = await probeApp();
    const serverPort = await freePort();
    const child = spawn('php', ['-d', `disable_functions=${disabled}`, 'artisan', 'laraman', 'start', '--port', String(serverPort), '--workers', '1', '--loops', '1'], { cwd: app.folder, env: cleanEnvironment(), stdio: 'ignore' });
    await until('an answer', () => new Browserless(serverPort).get('/api/ping').then(({ status }) => status === 200, () => false), 30);
    child.kill('SIGTERM');
    await until('the end of the server', async () => (await laraman(['status', '--app', app.folder])).code === 3, 20);
    await assert.rejects(new Browserless(serverPort).get('/api/ping'));
  });
}

test('LARAMAN_BINARY in .env counts when the configuration is cached', async () => {
  const app = await probeApp();
  const name = join(temporaryFolder(), 'program');
  symlinkSync(binary, name);
  app.write('.env', `${app.read('.env')}\nLARAMAN_BINARY=${name}\n`);
  assert.equal((await app.artisan('config:cache')).code, 0);
  const { LARAMAN_BINARY: _, ...env } = cleanEnvironment();
  const version = await within(20, 'the version', new Promise((resolve) => {
    const child = spawn('php', ['artisan', 'laraman', 'version'], { cwd: app.folder, env: { ...env, PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { output += part; });
    child.on('close', () => resolve(output));
  }));
  assert.match(version, /^Laraman [0-9.]+\n$/);
});

describe('reload', () => {
  test('gives new workers the new settings and names those that need a restart', async () => {
    const app = await probeApp();
    const dotenv = app.read('.env');
    app.write('.env', `${dotenv}\nLARAMAN_NETSVR_SECRET=first\n`);
    const free = await freePort();
    configure(app, `'port' => ${free}, 'workers' => 1, 'loops' => 1`);
    const start = await laraman(['start', '-d', '--app', app.folder]);
    assert.equal(start.code, 0, start.output);
    try {
      const client = new Browserless(free);
      const memory = async () => (await client.get('/api/odd/ini/memory_limit')).body;
      const before = await memory();
      configure(app, `'port' => 1, 'workers' => 3, 'loops' => 1, 'heartbeat' => 7, 'ini' => ['memory_limit' => '77M']`);
      app.write('.env', `${dotenv}\nLARAMAN_NETSVR_SECRET=second\n`);
      const reload = await laraman(['reload', '--app', app.folder]);
      assert.equal(reload.code, 0, reload.output);
      assert.match(reload.output, /need `laraman restart`: port, heartbeat, netsvr-secret\n/);
      const status = JSON.parse((await laraman(['status', '--json', '--app', app.folder])).output);
      assert.equal(status.processes.filter(({ role, state }) => role === 'worker' && state !== 'leaving').length, 3);
      assert.notEqual(before, '77M');
      assert.equal(await memory(), '77M');

      const good = app.read('config/laraman.php');
      app.write('config/laraman.php', '<?php this is not PHP');
      const broken = await laraman(['reload', '--app', app.folder]);
      assert.equal(broken.code, 1);
      assert.match(broken.output, /not reloaded, the old workers stay: .*syntax error/);
      assert.equal(await memory(), '77M');
      app.write('config/laraman.php', good.replace("'workers' => 3", "'workers' => 'many'"));
      const wrong = await laraman(['reload', '--app', app.folder]);
      assert.equal(wrong.code, 1);
      assert.match(wrong.output, /config\/laraman\.php: server\.workers: "many" is not a number/);
      assert.equal(await memory(), '77M');
    } finally {
      assert.equal((await laraman(['stop', '--app', app.folder])).code, 0);
    }
  });

  for (const [name, command] of Object.entries({ laraman: [binary], 'php artisan laraman': ['php', 'artisan', 'laraman'] })) {
    test(`${name}, HUP: a deploy by a switched link, each release with its own storage`, async () => {
      const releases = [await probeApp(), await probeApp(), await probeApp()];
      for (const [number, release] of releases.entries()) release.write('.env', `${release.read('.env')}\nRELEASE=${number}\n`);
      const folder = temporaryFolder();
      const current = join(folder, 'current');
      const point = (number) => {
        symlinkSync(releases[number].folder, `${current}.new`);
        renameSync(`${current}.new`, current);
      };
      // In a shell, as a user does it.
      const call = (...args) => run('sh', ['-c', 'cd "$0" && exec "$@"', current, ...command, ...args]);
      point(0);
      const free = await freePort();
      const start = await call('start', '-d', '--port', free, '--workers', 1, '--loops', 1);
      assert.equal(start.code, 0, start.output);
      const pid = Number(releases[0].read('storage/laraman.pid'));
      const served = async () => (await new Browserless(free).get('/api/odd/env/RELEASE')).body;
      try {
        assert.equal(await served(), '0');
        point(1);
        const reload = await call('reload');
        assert.equal(reload.code, 0, reload.output);
        assert.equal(await served(), '1');
        assert.equal((await call('status')).code, 0);
        // PHP outside the workers finds the gateway by the storage directory of its release.
        const outside = await run('php', ['-r', sends], { cwd: current });
        assert.deepEqual([outside.code, outside.output], [0, 'sent']);

        point(2);
        process.kill(pid, 'SIGHUP');
        await until('the next release', async () => (await served()) === '2');
        assert.equal((await call('status')).code, 0);
      } finally {
        const stop = await call('stop');
        assert.equal(stop.code, 0, stop.output);
      }
      assert.ok(!existsSync(join(current, 'storage/framework/laraman/control.sock')));
      const again = await call('start', '-d', '--port', free, '--workers', 1, '--loops', 1);
      assert.equal(again.code, 0, again.output);
      assert.ok(existsSync(releases[2].path('storage/laraman.pid')));
      assert.equal((await call('stop')).code, 0);
    });
  }
});
