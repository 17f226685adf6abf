// Many jobs of all kinds on one worker: its memory stays constant, and the number of objects, descriptors and temporary
// files does not grow. Between the phases are jobs that replace the worker, so each phase has a new process.
//
// 20,000 jobs take more than a minute, so the default is 3,000 (some 15 seconds); LARAMAN_JOBS=20000 runs all.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { isolationApp, sanitized } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

const JOBS = Number(process.env.LARAMAN_JOBS ?? 3000);

// Jobs that the worker survives.
const ends = ['destructor', 'destructors', 'cycle', 'generator', 'fiber', 'buffers', 'descriptors', 'closure', 'view'];
const kinds = [
  ...ends.map((how) => ({ name: `request, ${how}`, path: `/isolation/end/${how}` })),
  ...ends.map((how) => ({ name: `event, ${how}`, message: `end ${how}` })),
  ...['/api/ping', '/api/odd/throw', '/api/odd/warning', '/api/odd/cookies', '/api/odd/echo', '/api/odd/early/100', '/api/odd/early-stream',
    '/api/odd/session/write', '/api/odd/session/function', '/api/odd/session/transaction', '/no/such/page', '/oracle/session/put', '/leaks/nobody'].map((path) => ({ name: path, path })),
];
// Jobs after which the worker runs its script again; after a fatal error another worker takes its place.
const blows = [{ path: '/isolation/end/exit' }, { path: '/isolation/end/fatal', replaces: true }, { path: '/isolation/end/memory', replaces: true }, { path: '/api/odd/dd' },
  { path: '/api/odd/exhaust', replaces: true }, { message: 'end exit' }, { message: 'end fatal', replaces: true }, { message: 'end memory', replaces: true }]
  .filter(({ path = '', message = '' }) => !sanitized || !/memory|exhaust/.test(path + message));

/** Private memory of a process in bytes. */
function ownMemory(pid) {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kilobytes]) => sum + 1024 * Number(kilobytes), 0);
}

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, '');
  } catch {
    return 'closed';
  }
}).sort();

test(`after each of ${JOBS} jobs of all kinds a worker is what it was`, { timeout: 580_000 }, async () => {
  const app = await isolationApp();
  const temporary = app.path('storage/temporary');
  mkdirSync(temporary);
  const server = await Server.start(app, { workers: 1, env: { TMPDIR: temporary } });
  try {
    const client = server.client();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    let socket = await Socket.open(server, '/isolation');
    const run = async ({ path, message }) => {
      if (path !== undefined) return client.request('GET', path, { agent });
      if (socket.ws.readyState !== socket.ws.OPEN) socket = await Socket.open(server, '/isolation');
      return Promise.race([socket.ask(message), socket.closed]);
    };
    const weigh = async () => {
      await run({ path: '/api/odd/session/write' });  // a job that changes its database session closes it: open one again
      return JSON.parse((await run({ path: '/isolation/weigh' })).body);
    };
    const worker = async () => (await server.processes('worker'))[0].pid;
    const perPhase = Math.max(kinds.length * 3, Math.floor(JOBS / (blows.length + 1)));

    for (let phase = 0; phase <= blows.length; phase++) {
      const what = phase === 0 ? 'the first worker' : `the worker after ${blows[phase - 1].path ?? blows[phase - 1].message}`;
      const pid = await worker();
      // Classes are loaded, models learned, caches filled.
      for (let round = 0; round < 3; round++) for (const kind of kinds) await run(kind);
      await weigh();
      const first = await weigh();
      const open = descriptors(pid);
      assert.equal(first.pid, pid, what);

      // Each job once.
      for (const kind of kinds) {
        await run(kind);
        const { objects } = await weigh();
        assert.equal(objects, first.objects, `objects of ${what} after ${kind.name}`);
      }

      let half;
      for (let job = 0; job < perPhase; job++) {
        await run(kinds[job % kinds.length]);
        if (job === Math.floor(perPhase / 2)) half = ownMemory(pid);
        if (job % 500 === 499) assert.equal((await weigh()).objects, first.objects, `objects of ${what} after ${job} jobs`);
      }
      const last = await weigh();
      assert.equal(last.pid, pid, `${what} is there still`);
      assert.equal(last.objects, first.objects, `objects of ${what}`);
      assert.ok(last.memory - first.memory < 128 * 1024, `PHP's memory of ${what}: ${first.memory} became ${last.memory}`);
      assert.ok(sanitized || ownMemory(pid) - half < 1024 * 1024, `memory of ${what}: ${half} became ${ownMemory(pid)}`);
      assert.deepEqual(descriptors(pid), open, `descriptors of ${what}`);
      assert.deepEqual(readdirSync(temporary), [], `temporary files of ${what}`);

      if (phase === blows.length) break;
      await run(blows[phase]).catch(() => {});
      await until('one worker that is idle', async () => {
        const workers = await server.processes('worker');
        return workers.length === 1 && workers[0].state === 'idle' && (workers[0].pid !== pid || !blows[phase].replaces);
      });
    }
  } finally {
    await server.stop();
  }
});
