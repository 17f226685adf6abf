// Slow clients. Runs in parallel with the other files, since it mostly waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { exchange, statusOf } from '../e2e/lib/http.js';
import { Server } from '../e2e/lib/server.js';

test('408 for a request that never ends', { timeout: 90_000 }, async () => {
  const server = await Server.start(await probeApp());
  try {
    const began = Date.now();
    const [head, body] = await Promise.all([
      exchange(server.port, 'GET /api/ping HTTP/1.1\r\nHost: x\r\nA: ', { seconds: 80 }),
      exchange(server.port, 'POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc', { seconds: 80 }),
    ]);
    assert.deepEqual([statusOf(head), statusOf(body)], [408, 408], `after ${Date.now() - began} ms`);
  } finally {
    await server.stop();
  }
});
