// A worker keeps its database sessions open, and no job sees state that another job has left in a session.

import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';

let server, client, pid;
before(async () => {
  server = await Server.start(await probeApp(), { workers: 1 });
  client = server.client();
  [{ pid }] = await server.processes('worker');
});
after(() => server?.stop());

const ask = async (what) => {
  const { status, body } = await client.get(`/api/odd/session/${encodeURIComponent(what)}`);
  return [status, JSON.parse(body)];
};
const files = () => readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith('.sqlite') ? [fd] : [];
  } catch {
    return [];
  }
});

test('a session stays open from job to job', async () => {
  await ask('identity');
  const before = files();
  assert.equal(before.length, 1);
  for (let n = 0; n < 10; n++) assert.deepEqual(await ask('identity'), [200, [1, 0]]);
  assert.deepEqual(files(), before);
});

test('functions, temporary tables and settings of a job are gone', async () => {
  await ask('function');
  assert.match((await ask('call function'))[1], /no such function/);
  await ask('temporary');
  assert.match((await ask('read temporary'))[1], /no such table/);
  const [, like] = await ask('like');
  await ask('pragma');
  assert.deepEqual(await ask('like'), [200, like]);
});

for (const how of ['transaction', 'raw transaction', 'kept transaction', 'purged transaction']) {
  test(`a job that ends within a ${how} locks nobody out`, async () => {
    assert.equal((await ask(how))[0], 200);
    assert.deepEqual(await ask('names'), [200, 0]);
    const begin = Date.now();
    assert.equal((await ask('write'))[0], 200);
    assert.ok(Date.now() - begin < 1000);
  });
}

// From PHP 8.4 on Laravel begins transactions with its own statement. SQLite counts the changes of a session.
test('a job whose transactions have ended keeps the session', async () => {
  const changes = [];
  for (let n = 0; n < 3; n++) changes.push((await ask('committed transaction'))[1][1]);
  assert.ok(changes[0] > 0, `${changes}`);
  assert.deepEqual(changes, [1, 2, 3].map((n) => changes[0] + (n - 1) * (changes[1] - changes[0])));
  assert.ok(changes[1] > changes[0], `${changes}`);
});

test('the worker is the same all the time', async () => {
  assert.deepEqual((await server.processes('worker')).map((worker) => worker.pid), [pid]);
});
