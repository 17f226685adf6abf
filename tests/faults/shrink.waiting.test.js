// Workers that were started under load stop when the load is over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { Server } from '../e2e/lib/server.js';
import { until } from '../e2e/lib/workspace.js';

test('as many workers as are busy, and no more', async () => {
  const server = await Server.start(await probeApp(), { workers: '1..3' });
  try {
    const client = server.client();
    const workers = async () => (await server.processes('worker')).length;
    const slow = Promise.all(Array.from({ length: 3 }, () => client.get('/api/odd/slow/3000')));
    await until('three workers', async () => await workers() === 3, 20);
    assert.ok((await slow).every(({ status }) => status === 200));
    await until('one worker', async () => await workers() === 1, 40);
    assert.equal((await client.get('/api/ping')).status, 200);
    assert.match(server.log, /workers by load before=2 now=1/);
  } finally {
    await server.stop();
  }
});
