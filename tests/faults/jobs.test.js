// Jobs that run too long, workers that reach a limit, and the number of workers.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { Server } from '../e2e/lib/server.js';
import { Socket } from '../e2e/lib/socket.js';
import { until } from '../e2e/lib/workspace.js';

async function withServer(options, use) {
  const server = await Server.start(await probeApp(), options);
  try {
    await use(server, server.client());
  } finally {
    await server.stop();
  }
}

const pidsOf = async (server) => (await server.processes('worker')).map(({ pid }) => pid);

describe('a job that lasts too long', () => {
  test('504 at its deadline, one worker is replaced, and the log says where PHP was', () => withServer({ flags: ['--max-time', 1] }, async (server, client) => {
    for (const [path, place] of [['/api/odd/spin', 'OddController::spin'], ['/api/odd/slow/60000', 'OddController::slow']]) {
      const before = await pidsOf(server);
      const began = Date.now();
      const answer = await client.get(path);
      const seconds = (Date.now() - began) / 1000;
      assert.equal(answer.status, 504);
      assert.ok(seconds > 0.9 && seconds < 1.6, `after ${seconds} s`);
      await until('the place in the log', () => server.log.includes(`job="GET ${path}" stack="`));
      const line = server.log.split('\n').find((one) => one.includes(`job="GET ${path}"`));
      assert.match(line, new RegExp(`${place}\\(\\) at [^ ]+/OddController.php:\\d+`));
      await until('another worker', async () => {
        const now = await pidsOf(server);
        return now.length === 2 && now.filter((pid) => before.includes(pid)).length === 1;
      });
    }
    assert.equal((await client.get('/api/odd/limited/5')).body, 'in time', 'set_time_limit() extends it');
    assert.equal((await client.get('/api/odd/limited/1')).status, 504);
    assert.equal((await client.get('/api/odd/stream')).body, 'one two three');
  }));

  test('of an event: it is reported lost, and its connection stays', () => withServer({ workers: 1, flags: ['--max-time', 1] }, async (server) => {
    const socket = await Socket.open(server, '/faulty');
    socket.raw('sleep');
    await until('the report', () => /events lost with their business count=1/.test(server.log));
    assert.equal(await socket.ask('anything'), 'fine');
    assert.match(server.log, /job="event of \/faulty connection [0-9a-f]{28}" stack="[^"]*FaultySocket::message/);
    await socket.close();
  }));
});

test('a segmentation fault: 502, and another worker', () => withServer({}, async (server, client) => {
  assert.equal((await client.get('/api/odd/segfault')).status, 502);
  for (let n = 0; n < 10; n++) assert.equal((await client.get('/api/ping')).status, 200);
  await until('two workers', async () => (await pidsOf(server)).length === 2);
}));

test('workers that are replaced under load lose no request', () => withServer({ flags: ['--max-requests', 20] }, async (server) => {
  const pids = new Set();
  await Promise.all(Array.from({ length: 4 }, async () => {
    const client = server.client();
    for (let n = 0; n < 100; n++) {
      const answer = await client.get('/api/ping');
      assert.equal(answer.status, 200, answer.body);
      pids.add(JSON.parse(answer.body).pid);
    }
  }));
  assert.ok(pids.size > 3, `${pids.size} workers for 400 requests`);
}));

test('more workers while all are busy', () => withServer({ workers: '1..3' }, async (server, client) => {
  assert.equal((await pidsOf(server)).length, 1);
  const slow = Array.from({ length: 3 }, () => client.get('/api/odd/slow/1200'));
  await until('three workers', async () => (await pidsOf(server)).length === 3);
  const answers = await Promise.all(slow);
  assert.ok(answers.every(({ status }) => status === 200));
  assert.ok(new Set(answers.map(({ body }) => JSON.parse(body).pid)).size > 1);
}));

test('workers set apart for sockets take no requests, and the others no events', () => withServer({ flags: ['--socket-workers', 1] }, async (server, client) => {
  const duties = Object.fromEntries((await server.processes('worker')).map(({ pid, duty }) => [pid, duty]));
  assert.deepEqual(Object.values(duties).sort(), ['requests', 'requests', 'sockets']);
  const slow = Array.from({ length: 4 }, () => client.get('/api/odd/slow/300'));
  const socket = await Socket.open(server, '/faulty');
  for (let n = 0; n < 10; n++) assert.equal(duties[await socket.ask('pid')], 'sockets');
  for (const { body } of await Promise.all(slow)) assert.equal(duties[JSON.parse(body).pid], 'requests');
  await socket.close();
}));

test('10,000 requests: memory after them is within 5 % of that after 1,000', () => withServer({ workers: 1 }, async (server) => {
  const [pid] = await pidsOf(server);
  const requests = (count) => Promise.all(Array.from({ length: 4 }, async () => {
    const client = server.client();
    for (let n = 0; n < count / 4; n++) assert.equal((await client.get('/api/ping')).status, 200);
  }));
  await requests(1_000);
  const after1000 = ownMemory(pid);
  await requests(9_000);
  const after10000 = ownMemory(pid);
  console.log(`     ${after1000} pages after 1,000 requests, ${after10000} after 10,000`);
  assert.deepEqual(await pidsOf(server), [pid]);
  assert.ok(after10000 <= after1000 * 1.05, `${after1000} pages, then ${after10000}`);
}));

/** Private pages of a process. */
function ownMemory(pid) {
  const [, resident, shared] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
  return resident - shared;
}
