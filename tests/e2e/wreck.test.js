// A job that changes every static property, and every property of every object of the application: the next one finds
// nothing of it.

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

/** Places that differ; classes that a job has loaded have come to be. */
function changes(before, after) {
  return Object.fromEntries(Object.entries(before).filter(([place, digest]) => after[place] !== digest).map(([place, digest]) => [place, [digest, after[place]]]));
}
