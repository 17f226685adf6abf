// `./dev` in a temporary folder, with stand-ins for the programs that it calls.

import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './lib/app.js';
import { run } from './lib/server.js';
import { temporaryFolder } from './lib/workspace.js';

/** A checkout on a machine without packages; `called` are the command lines of called programs. */
function checkout() {
  const folder = temporaryFolder();
  const write = (name, text) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  };
  copyFileSync(join(root, 'dev'), join(folder, 'dev'));
  for (const name of ['laravel', 'examples/chat', 'tests/e2e/encoder', 'tests/e2e/starter']) write(`${name}/composer.json`, '{}');
  write('tests/e2e/package.json', '{}');
  const note = `echo "$(basename "$0") $*" >>${folder}/called`;
  write('bin/dpkg-query', '#!/bin/sh\nexit 1\n');
  write('bin/apt-get', `#!/bin/sh\n${note}\n[ "$2" != --assume-no ] || { echo 'Need to get 12.3 MB of archives.'; exit 1; }\n`);
  write('bin/cmake', `#!/bin/sh\n${note}\n[ "$1" != --preset ] || { mkdir -p build/$2; touch build/$2/build.ninja; echo "$3" | sed 's/-D\\(.*\\)=/\\1:BOOL=/' >build/$2/CMakeCache.txt; }\n`);
  for (const name of ['composer', 'npm', 'sudo', 'env', 'sh']) write(`bin/${name}`, `#!/bin/sh\n${note}\n`);
  write('CMakePresets.json', '{}');
  const call = async (...args) => {
    const { code, output } = await run('bash', ['dev', ...args], { cwd: folder, env: { PATH: `${folder}/bin:${process.env.PATH}` } });
    const called = existsSync(join(folder, 'called')) ? readFileSync(join(folder, 'called'), 'utf8') : '';
    writeFileSync(join(folder, 'called'), '');
    return { code, output, called };
  };
  return call;
}

test('./dev setup tells how much it downloads, and installs no test tools', async () => {
  const call = checkout();
  const { code, output, called } = await call('setup');
  assert.equal(code, 0, output);
  assert.match(output, /Debian packages: .*libphp8\.2-embed/);
  assert.match(output, /to download: 12\.3 MB/);
  assert.match(output, /Composer packages of examples\/chat, to download: up to \d+ MB/);
  assert.doesNotMatch(called, /chromium|clang|gtest|nginx|npm/);
  assert.ok(output.indexOf('to download: 12.3 MB') < output.indexOf('Composer'));

  const withTests = await call('setup', 'test');
  assert.equal(withTests.code, 0, withTests.output);
  assert.match(withTests.output, /Debian packages: .*chromium/);
  assert.doesNotMatch(withTests.output, /clang/);
  assert.match(withTests.output, /npm packages of tests\/e2e, to download: up to \d+ MB/);
  assert.match((await call('setup', 'all')).output, /Debian packages: .*chromium.* clang-14/);
});

test('./dev test names the suites that there are', async () => {
  const { code, output } = await checkout()('test', 'nothing');
  assert.equal(code, 1);
  assert.match(output, /there is no suite 'nothing'; there are: unit .* lint apps .*, and all/);
});

test('./dev build builds the program and not the tests, and keeps the tests of a build that has them', async () => {
  const call = checkout();
  const first = await call('build');
  assert.equal(first.code, 0, first.output);
  assert.match(first.called, /^cmake --preset release -DBUILD_TESTING=OFF.*\ncmake --build build\/release --target laraman\n$/);
  assert.equal((await call('build')).called, 'cmake --build build/release --target laraman\n');
  const unit = await call('_suite', 'unit');
  assert.match(unit.called, /^cmake --preset release -DBUILD_TESTING=ON.*\ncmake --build build\/release --target laraman tests\/all\n$/m);
  assert.equal((await call('build')).called, 'cmake --build build/release --target laraman\n');
});
