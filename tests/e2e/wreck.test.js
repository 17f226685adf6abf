// A job that changes every static property, and every property of every object of the application: the next job sees none
// of the changes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';

const variants = {
  'with opcache': [],
  'without opcache': ['--ini', 'opcache.enable=0'],
  'with the tracing JIT': ['--ini', 'opcache.jit=tracing', '--ini', 'opcache.jit_buffer_size=32M'],
  'with the function JIT': ['--ini', 'opcache.jit=function', '--ini', 'opcache.jit_buffer_size=32M'],
};

for (const [name, flags] of Object.entries(variants)) {
  test(`all of PHP's state is put back, ${name}`, async () => {
    const app = await probeApp();
    const server = await Server.start(app, { workers: 1, flags: ['--script', app.path('wreck.php'), ...flags] });
    try {
      const client = server.client();
      const state = async () => JSON.parse((await client.get('/?do=state')).body);
      const pages = async () => Promise.all(['/api/ping', '/api/odd/cookies', '/leaks/nobody', '/no/such/page'].map(async (path) => (await client.get(path)).status));
      const workers = (await server.processes('worker')).map(({ pid }) => pid);
      const before = await state();
      assert.ok(Object.keys(before).length > 500, `${Object.keys(before).length} places`);
      const statuses = await pages();
      assert.deepEqual(statuses, [200, 200, 200, 404]);
      assert.deepEqual(changes(before, await state()), {}, 'after pages');
      for (let round = 0; round < 3; round++) {
        assert.ok(Number((await client.get('/?do=wreck')).body) > 1000);
        assert.deepEqual(changes(before, await state()), {}, 'after a wreck');
        assert.deepEqual(await pages(), statuses);
        assert.deepEqual(changes(before, await state()), {}, 'after pages');
      }
      assert.deepEqual((await server.processes('worker')).map(({ pid }) => pid), workers);
    } finally {
      await server.stop();
    }
  });
}

// By reflection, so that static properties of new Laravel versions are included.
test('every static property of every class of Laravel is put back, loaded by an earlier job or by the one that changes it', async () => {
  const app = await probeApp();
  const start = () => Server.start(app, { workers: 1, flags: ['--script', app.path('wreck.php')] });
  let ofBoot;
  let first;
  const ask = async (server, query) => JSON.parse((await server.client().get(`/?framework=1&do=${query}`)).body);
  const pid = async (server) => (await server.processes('worker'))[0].pid;

  const server = await start();
  try {
    const worker = await pid(server);
    ofBoot = JSON.parse((await server.client().get('/?do=state')).body);
    first = await ask(server, 'state');
    const names = Object.keys(first).filter((place) => /^Illuminate\\.*::\$/.test(place));
    assert.ok(names.length > 250, `${names.length} static properties`);
    for (let round = 0; round < 2; round++) {
      assert.ok(await ask(server, 'wreck') > 1500);
      assert.deepEqual(changes(first, await ask(server, 'state')), {});
    }
    assert.equal(await pid(server), worker);
  } finally {
    await server.stop();
  }

  const other = await start();
  try {
    const worker = await pid(other);
    assert.ok(await ask(other, 'wreck') > 1500);
    const now = await ask(other, 'state');
    // The number of an object from boot may differ here.
    const late = Object.entries(first).filter(([place]) => place.includes('::$') && !(place in ofBoot));
    assert.ok(late.length > 100, `${late.length} static properties`);
    assert.deepEqual(changes(Object.fromEntries(late), now), {});
    assert.equal(await pid(other), worker);
  } finally {
    await other.stop();
  }
});

/** Places that differ, apart from those of classes that a job has loaded. */
function changes(before, after) {
  return Object.fromEntries(Object.entries(before).filter(([place, digest]) => after[place] !== digest).map(([place, digest]) => [place, [digest, after[place]]]));
}
