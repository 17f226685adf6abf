// After a fatal error a worker goes on until its successor is ready: in a new PHP request, with the application booted
// again. Its jobs see no state of the failed job, and no job is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isolationApp, sanitized } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

const COUNT = 40;  // kinds of state that one job changes before it dies

const kindsOfEnd = sanitized ? ['fatal'] : ['fatal', 'memory'];

for (const how of kindsOfEnd) {
  test(`what a job has changed is gone after its ${how === 'fatal' ? 'fatal error' : 'end by out of memory'}, in the same process`, async () => {
    const server = await Server.start(await isolationApp(), { workers: 1, flags: ['--ini', 'max_execution_time=30'] });
    try {
      const get = async (path) => {
        const client = server.client();
        const { status, body } = await client.get(`/isolation/${path}`);
        return status === 200 && /^[[{]/.test(body) ? JSON.parse(body) : { failed: `${status} ${body.slice(0, 300)}` };
      };
      const problems = [];
      let [same, all] = [0, 0];
      for (const file of ['php', 'laravel']) {
        const kinds = Object.keys(await get(`names/${file}`)).length;
        const first = await get(`read/${file}`);
        for (let from = 0; from < kinds; from += COUNT) {
          const { pid } = await get(`read/${file}`);
          const { failed } = await get(`die/${file}?from=${from}&count=${COUNT}&how=${how}`);
          assert.ok(failed);
          const after = await get(`read/${file}`);
          all++;
          if (after.pid === pid) same++;
          if (after.failed) problems.push(`after ${from}: ${after.failed}`);
          for (const name of Object.keys(first.values)) {
            if (after.values?.[name] !== first.values[name]) problems.push(`${name}: ${first.values[name]} became ${after.values?.[name]}`);
          }
        }
      }
      assert.deepEqual(problems, []);
      assert.ok(same >= all / 4, `${same} of ${all} jobs after a fatal error came to the process that had it`);
    } finally {
      await server.stop();
    }
  });
}

test('no other job is lost when workers die of fatal errors', async () => {
  const app = await isolationApp();
  const server = await Server.start(app, { workers: 2 });
  try {
    const client = server.client();
    const sockets = await Promise.all(Array.from({ length: 4 }, () => Socket.open(server, '/echo')));
    let [asked, echoed] = [0, 0];
    let over = false;
    const jobs = [
      ...sockets.map(async (socket) => {
        while (!over) {
          const text = `message ${asked++}`;
          if (await socket.ask(text) === text) echoed++;
        }
      }),
      ...Array.from({ length: 4 }, async () => {
        while (!over) {
          asked++;
          const { status } = await client.get('/api/ping');
          if (status === 200) echoed++;
        }
      }),
    ];
    for (let n = 0; n < 12; n++) {
      const { status } = await client.get(`/isolation/end/${kindsOfEnd[n % kindsOfEnd.length]}`);
      assert.equal(status, 500);
    }
    over = true;
    await Promise.all(jobs);
    assert.equal(echoed, asked);
    assert.ok(asked > 100, `${asked} jobs`);
    await until('two workers', async () => (await server.processes('worker')).filter(({ state }) => state === 'idle').length === 2);
  } finally {
    await server.stop();
  }
});
