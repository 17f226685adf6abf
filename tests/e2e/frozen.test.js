// Processes that make no progress: stopped, or blocked in the kernel where no signal reaches them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { sleep, until } from './lib/workspace.js';

const LIMIT = 1.5;  // seconds

describe('a worker that is frozen', () => {
  let server;
  before(async () => { server = await Server.start(await probeApp(), { workers: 1, flags: ['--max-time', LIMIT] }); });
  after(() => server?.stop());

  const worker = async () => (await server.processes('worker')).find(({ state }) => state !== 'stopping');
  const seconds = async (work) => {
    const begin = Date.now();
    const result = await work;
    return [result, (Date.now() - begin) / 1000];
  };
  const replaced = async (old) => {
    await until('another worker', async () => {
      const now = await worker();
      return now && now.pid !== old.pid && now.state === 'idle';
    });
    assert.equal((await server.client().get('/api/ping')).status, 200);
  };

  test('while idle: its request gets 504 at the deadline, and it is replaced', async () => {
    const old = await worker();
    process.kill(old.pid, 'SIGSTOP');
    const [answer, took] = await seconds(server.client().get('/api/ping'));
    assert.equal(answer.status, 504);
    assert.ok(took > LIMIT - 0.3 && took < LIMIT + 1, `after ${took} s`);
    await replaced(old);
    assert.match(server.log, new RegExp(`worker ended slot=\\d+ pid=${old.pid} reason="its job has lasted too long" limit=${LIMIT} job="idle" stack="none: the process does not react"`));
  });

  test('within a request: 504 at the deadline, and it is replaced', async () => {
    const old = await worker();
    const request = seconds(server.client().get('/api/odd/slow/600'));
    await until('the request in its worker', async () => (await worker()).state === 'request');
    process.kill(old.pid, 'SIGSTOP');
    const [answer, took] = await request;
    assert.equal(answer.status, 504);
    assert.ok(took < LIMIT + 1, `after ${took} s`);
    await replaced(old);
    assert.match(server.log, new RegExp(`pid=${old.pid} reason="its job has lasted too long".*job="GET /api/odd/slow/600" stack="none: the process does not react"`));
  });

  test('while idle: the message of a socket goes to its successor', async () => {
    const socket = await Socket.open(server, '/faulty');
    const old = await worker();
    process.kill(old.pid, 'SIGSTOP');
    assert.notEqual(Number(await socket.ask('pid')), old.pid);
    await socket.close();
  });

  test('when it is told to leave: it does not stay for ever', async () => {
    const old = await worker();
    process.kill(old.pid, 'SIGSTOP');
    assert.equal((await server.command('reload')).code, 0);
    await until('its end', async () => !(await server.processes('worker')).some(({ pid }) => pid === old.pid));
  });
});

describe('a role that is frozen', () => {
  let server;
  before(async () => { server = await Server.start(await probeApp(), { loops: 2, flags: ['--role-timeout', 2] }); });
  after(() => server?.stop());

  test('the gateway: it is replaced, with a word about each event loop', async () => {
    const [{ pid }] = await server.processes('gateway');
    process.kill(pid, 'SIGSTOP');
    await until('another gateway', async () => {
      const [now] = await server.processes('gateway');
      return now && now.pid !== pid && now.state === 'ready';
    });
    await until('an answer', async () => (await server.client().get('/api/ping')).status === 200);
    assert.match(server.log, new RegExp(`role does not answer and is killed role=gateway child=${pid} loops="0: silent for 2 s, 0 connections, .*; 1: silent for 2 s`));
  });

  test('the PHP pool: it is replaced, and no request is lost', async () => {
    const [{ pid }] = await server.processes('php');
    const slow = server.client().get('/api/odd/slow/4000');
    await until('the request in its worker', async () => (await server.processes('worker')).some(({ state }) => state === 'request'));
    process.kill(pid, 'SIGSTOP');
    await until('another pool', async () => {
      const [now] = await server.processes('php');
      return now && now.pid !== pid && now.state === 'ready';
    });
    assert.equal((await slow).status, 200);
    assert.equal((await server.client().get('/api/ping')).status, 200);
  });

  test('roles with nothing to do are not taken for frozen', async () => {
    const before = (await server.status()).processes.filter(({ role }) => ['gateway', 'php'].includes(role)).map(({ pid }) => pid);
    await sleep(5000);
    const now = (await server.status()).processes.filter(({ role }) => ['gateway', 'php'].includes(role)).map(({ pid }) => pid);
    assert.deepEqual(now, before);
  });
});
