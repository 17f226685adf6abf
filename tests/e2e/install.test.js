// `php artisan laraman:install` in an application that has no program yet.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { binary, probeApp } from './lib/app.js';
import { run } from './lib/server.js';
import { temporaryFolder } from './lib/workspace.js';

/** An archive of the program under test, as `./dev package` makes it. */
function archiveOf(folder) {
  const program = readdirSync(dirname(binary)).find((name) => /^laraman-php8\.\d+$/.test(name));
  for (const name of ['laraman', program]) cpSync(join(dirname(binary), name), join(folder, name));
  mkdirSync(join(folder, 'laraman-libs'));
  writeFileSync(join(folder, 'laraman-libs/libfmt.so'), '');
  execFileSync('tar', ['-czf', 'archive.tar.gz', 'laraman', program, 'laraman-libs'], { cwd: folder });
  return join(folder, 'archive.tar.gz');
}

test('laraman:install says what it does, does it once, and the program is found then', async () => {
  const app = await probeApp();
  app.write('composer.json', JSON.stringify({ ...JSON.parse(app.read('composer.json')), config: { 'bin-dir': 'tools' } }));
  for (const file of ['config/laraman.php', 'routes/sockets.php']) rmSync(app.path(file), { force: true });
  app.write('.env', app.read('.env').replace(/^LARAMAN_.*\n/gm, ''));
  const env = { PATH: '/usr/bin:/bin', LARAMAN_BINARY: '' };
  const artisan = (...args) => run('php', ['artisan', '--no-ansi', ...args], { cwd: app.folder, env });

  const without = await artisan('laraman', 'version');
  assert.equal(without.code, 127, without.output);
  assert.match(without.output, /php artisan laraman:install/);

  const unreleased = await artisan('laraman:install', '-n');
  assert.equal(unreleased.code, 1, unreleased.output);
  assert.match(unreleased.output, /no released program for this version, platform and PHP/);

  const archive = archiveOf(temporaryFolder());
  const installed = await artisan('laraman:install', '-n', '--from', archive);
  assert.equal(installed.code, 0, installed.output);
  assert.match(installed.output, /fetch the program from .*archive\.tar\.gz to .*tools/);
  assert.match(app.read('config/laraman.php'), /'binary' => null/);
  assert.match(app.read('routes/sockets.php'), /Socket::route/);
  assert.match(app.read('.env'), /\n\nLARAMAN_PORT=8000\n$/);
  assert.deepEqual(readdirSync(app.path('tools')).filter((name) => name.startsWith('.')), []);
  assert.match((await artisan('laraman', 'version')).output, /^Laraman [0-9.]+\n$/);

  const before = app.read('.env');
  const again = await artisan('laraman:install', '-n');
  assert.equal(again.code, 0, again.output);
  assert.doesNotMatch(again.output, /This will be done/);
  assert.equal(app.read('.env'), before);
});
