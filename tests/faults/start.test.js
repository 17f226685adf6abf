// Errors that prevent the start: each has a message and an exit code.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { binary, chatApp, probeApp } from '../e2e/lib/app.js';
import { laraman, run, Server } from '../e2e/lib/server.js';
import { freePort, sleep, temporaryFolder, until } from '../e2e/lib/workspace.js';

const start = async (app, ...flags) => laraman(['start', '--app', app.folder ?? app, '--port', await freePort(), '--workers', 1, ...flags]);

test('an error in PHP while booting is printed', async () => {
  const app = await probeApp();
  app.write('routes/sockets.php', '<?php nonsense here');
  const { code, output } = await start(app);
  assert.notEqual(code, 0);
  assert.match(output, /syntax error/);
  assert.match(output, /sockets\.php/);
});

test('an exception while booting is printed', async () => {
  const app = await probeApp();
  app.edit('app/Providers/AppServiceProvider.php', "Gate::define('be'", "throw new \\RuntimeException('no service today');\n        Gate::define('be'");
  const { code, output } = await start(app);
  assert.notEqual(code, 0);
  assert.match(output, /no service today/);
});

test('with -d the starting command tells the error too', async () => {
  const app = await probeApp();
  app.write('routes/web.php', '<?php nonsense here');
  const { code, output } = await start(app, '-d');
  assert.notEqual(code, 0);
  assert.match(output, /syntax error/);
});

test('a port in use is named', async () => {
  const app = await probeApp();
  const other = createServer();
  await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address();
  try {
    for (const flags of [[], ['-d']]) {
      const { code, output } = await laraman(['start', '--app', app.folder, '--port', port, '--workers', 1, ...flags]);
      assert.notEqual(code, 0);
      assert.match(output, new RegExp(`${port}.*(in use|already)|(in use|already).*${port}`));
      assert.match(output, /node/);
    }
  } finally {
    other.close();
  }
});

test('a wrong option, command or value is named', async () => {
  const app = await chatApp();
  for (const [args, named] of [
    [['start', '--app', app.folder, '--prot', '8000'], /--prot/],
    [['start', '--app', app.folder, '--port', 'eighty'], /--port.*eighty|eighty.*--port/s],
    [['start', '--app', app.folder, '--port', '99999'], /--port|99999/],
    [['start', '--app', app.folder, '--workers', '-3'], /--workers/],
    [['strat'], /strat/],
  ]) {
    const { code, output } = await laraman(args);
    assert.notEqual(code, 0, args.join(' '));
    assert.match(output, named);
  }
});

test('an app that is none is named', async () => {
  const folder = temporaryFolder();
  const missing = await start(`${folder}/nowhere`);
  assert.notEqual(missing.code, 0);
  assert.match(missing.output, /nowhere/);
  const empty = await start(folder);
  assert.notEqual(empty.code, 0);
  assert.match(empty.output, /vendor|artisan|composer|Laravel/);
});

test('a runtime directory whose sockets would have too long a path is named, with a hint', async () => {
  const app = await probeApp();
  const { code, output } = await start(app, '--runtime-dir', `${temporaryFolder()}/${'long'.repeat(30)}`);
  assert.notEqual(code, 0);
  assert.match(output, /runtime-dir|too long/);
});

const count = (text, part) => text.split(part).length - 1;

test('a boot that fails is told once, in one line, with what to do', async () => {
  const app = await probeApp();
  app.edit('app/Providers/AppServiceProvider.php', "Gate::define('be'", "\\app()->runningInConsole() || \\config(['app.key' => null]);\n        Gate::define('be'");
  const { code, output } = await start(app, '--no-app');
  assert.equal(code, 1);
  assert.equal(count(output, 'No application encryption key has been specified'), 1, output);
  assert.match(output, /^laraman: php: .*No application encryption key has been specified.*\(run `php artisan key:generate`\)$/m);
  assert.doesNotMatch(output, /Stack trace|#0|<br/);
});

test('a TLS file that is missing is named with the reason', async () => {
  const { code, output } = await start(await probeApp(), '--tls-certificate', '/nowhere/cert.pem');
  assert.equal(code, 2);
  assert.match(output, /^laraman: \/nowhere\/cert\.pem: open: No such file or directory/m);
});

test('a settings file that is missing is named with the reason', async () => {
  for (const args of [['start', '--app', (await probeApp()).folder, '--config', '/nowhere/laraman.toml'], ['gateway', '--netsvr-config', '/nowhere/netsvr.toml']]) {
    const { code, output } = await laraman(args);
    assert.equal(code, 2);
    assert.match(output, /^laraman: \/nowhere\/\w+\.toml: open: No such file or directory$/m);
  }
});

test('a pid file that cannot be written is named, with a hint', async () => {
  for (const flags of [[], ['-d']]) {
    const { code, output } = await start(await probeApp(), '--pid-file', '/proc/laraman.pid', ...flags);
    assert.equal(code, 1);
    assert.match(output, /^laraman: \/proc\/laraman\.pid: open: .* \(.*choose another --pid-file\)$/m);
    assert.equal(count(output, '/proc/laraman.pid'), 1);
  }
});

test('an IPv6 address may be written as in a URL', async () => {
  const app = await probeApp();
  const port = await freePort();
  const server = await Server.start(app, { port, flags: ['--host', '[::1]'], url: `http://[::1]:${port}` });
  assert.equal((await server.status()).server.address, `http://[::1]:${port}`);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('an orderly stop says nothing of lost links', async () => {
  const server = await Server.start(await probeApp());
  await server.client().get('/api/ping');
  await server.stop();
  assert.doesNotMatch(server.log, /link to the gateway lost/);
});

test('an orderly stop says nothing of lost links, whatever the workers do', async () => {
  const app = await probeApp();
  app.write('routes/api.php', `${app.read('routes/api.php')}
Route::get('/linger', function () {
    app()->terminating(function (): void {
        for ($i = 0; $i < 25; usleep(100_000), $i++) rescue(fn () => \\Laraman\\Facades\\Gateway::channels(), report: false);
    });

    return 'done';
});
`);
  const server = await Server.start(app, { workers: 3, flags: ['--stop-timeout', 4] });
  for (const client of [server.client(), server.client()]) client.get('/api/linger').catch(() => {});
  const at = async (wanted) => (await server.processes('worker')).filter(({ state }) => state === wanted);
  await until('work after two responses', async () => (await at('request')).length === 2);
  process.kill((await at('idle'))[0].pid, 'SIGSTOP');  // the pool waits for this worker, so that the others have time
  await server.stop();
  assert.doesNotMatch(server.log, /link to the gateway lost/);
});

test('a library of another PHP is named, or that there is none', async () => {
  const app = await probeApp();
  const program = readdirSync(dirname(binary)).find((name) => /^laraman-php8\.\d+$/.test(name));
  const name = `lib${program.replace('laraman-', '')}.so`;
  const library = execFileSync('ldd', [join(dirname(binary), program)], { encoding: 'utf8' }).match(new RegExp(`${name} => (\\S+)`))[1];
  const folder = temporaryFolder();
  const startWith = async (bytes) => {
    writeFileSync(join(folder, name), bytes);
    return laraman(['start', '--app', app.folder, '--port', await freePort()], { env: { LD_LIBRARY_PATH: folder } });
  };

  const bytes = readFileSync(library);
  bytes.write('API20010101,NTS\0', bytes.indexOf('API20'));
  const other = await startWith(bytes);
  assert.equal(other.code, 2, other.output);
  assert.match(other.output, /this is PHP 8\.\d+\.\d+ \(API20010101,NTS\), and the program was built for PHP 8\.\d \(API20\d+,NTS\) \(install libphp8\.\d-embed/);

  const broken = await startWith('no library');
  assert.equal(broken.code, 2, broken.output);
  assert.match(broken.output, /libphp8\.\d\.so: file too short \(.*install the package libphp8\.\d-embed\)/);

  const alone = join(folder, 'laraman');
  cpSync(binary, alone);
  const { code, output } = await run(alone, ['start', '--app', app.folder]);
  assert.equal(code, 2, output);
  assert.match(output, /there is no program laraman-php8\.\d \(install the package laraman-php8\.\d\)/);
});

test('a reload keeps the workers where the program is of another version by now', async () => {
  const app = await probeApp();
  const folder = temporaryFolder();
  const program = readdirSync(dirname(binary)).find((name) => /^laraman-php8\.\d+$/.test(name));
  cpSync(binary, join(folder, 'laraman'));
  const script = join(folder, program);
  const write = (version) => {
    writeFileSync(script, `#!/bin/sh\n${version ? `export LARAMAN_SERVER_VERSION=${version}\n` : ''}exec ${join(dirname(binary), program)} "$@"\n`);
    chmodSync(script, 0o755);
  };
  write('');
  const port = await freePort();
  const started = await run(join(folder, 'laraman'), ['start', '-d', '--app', app.folder, '--port', port, '--workers', '1']);
  assert.equal(started.code, 0, started.output);
  try {
    write('999.1.0');
    const reload = await laraman(['reload', '--app', app.folder]);
    assert.equal(reload.code, 1, reload.output);
    assert.match(reload.output, /the server that runs is Laraman 999\.1\.0, and .* `laraman restart`/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/api/ping`)).status, 200);
  } finally {
    await laraman(['stop', '--app', app.folder]);
  }
});
