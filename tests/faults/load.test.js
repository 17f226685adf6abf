// Load from wrk during events that disturb servers: no request fails except those whose worker is killed.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { Server } from '../e2e/lib/server.js';
import { sleep, until, within } from '../e2e/lib/workspace.js';
import { wrk } from '../e2e/lib/wrk.js';

const WORKERS = 3;
const MB = 1 << 20;

describe('under load', () => {
  let server;
  let url;
  before(async () => {
    server = await Server.start(await probeApp(), { loops: 2, workers: WORKERS });
    url = `${server.url}/api/ping`;
  });
  after(() => server?.stop());

  /** Runs wrk, and `disturb` again and again until wrk ends. */
  async function load(disturb, options = {}) {
    let over = false;
    const result = wrk(url, options).finally(() => { over = true; });
    while (!over) await disturb(result);
    const found = await result;
    console.log(`     ${JSON.stringify(found)}`);
    assert.ok(found.requests > 100, `${found.requests} requests`);
    return found;
  }

  const nothingFailed = ({ broken, late, failed }) => assert.deepEqual({ broken, late, failed }, { broken: 0, late: 0, failed: [] });

  test('the application is reloaded again and again', async () => {
    let reloads = 0;
    const result = await load(async () => {
      const { code, output } = await server.command('reload');
      assert.equal(code, 0, output);
      reloads++;
    });
    nothingFailed(result);
    assert.ok(reloads >= 2, `${reloads} reloads`);
  });

  test('workers are killed: each kill costs the request that its worker had, which is answered with 502', async () => {
    let kills = 0;
    const { broken, late, failed } = await load(async () => {
      await sleep(200);
      const workers = (await server.processes('worker')).filter(({ state }) => state !== 'booting');
      const { pid } = workers[Math.floor(Math.random() * workers.length)] ?? {};
      if (!pid) return;
      process.kill(pid, 'SIGKILL');
      kills++;
    });
    assert.deepEqual({ broken, late }, { broken: 0, late: 0 });
    assert.ok(kills >= 3, `${kills} kills`);
    assert.ok(failed.length <= kills, `${failed.length} of ${kills} kills failed requests`);
    assert.deepEqual([...new Set(failed)], failed.length > 0 ? [502] : []);
    await until('all workers again', async () => (await server.processes('worker')).filter(({ state }) => state === 'idle').length === WORKERS);
  });

  test('one client reads slowly, another writes slowly', async () => {
    const reader = new Promise((resolve, reject) => {
      http.get(`${server.url}/api/odd/once/32`, (response) => {
        let size = 0;
        response.on('data', (bytes) => {
          size += bytes.length;
          response.pause();
          setTimeout(() => response.resume(), size < 2 * MB ? 40 : 0);
        }).on('end', () => resolve({ status: response.statusCode, size })).on('error', reject);
      }).on('error', reject);
    });
    const writer = new Promise((resolve, reject) => {
      const request = http.request(`${server.url}/api/stateless/echo`, { method: 'POST', headers: { 'Content-Length': 100 } }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      }).on('error', reject);
      let left = 100;
      const dribble = setInterval(() => {
        request.write('x');
        if (--left > 0) return;
        clearInterval(dribble);
        request.end();
      }, 25);
    });
    nothingFailed(await load((ended) => ended));
    assert.deepEqual(await within(10, 'the slow reader', reader), { status: 200, size: 32 * MB });
    assert.equal(await within(10, 'the slow writer', writer), 200);
  });

  test('5,000 connections are kept alive, idle', async () => {
    const idle = await Promise.all(Array.from({ length: 5_000 }, () => keptAlive(server.port)));
    const ask = () => Promise.all(idle.map(({ get }) => get('/robots.txt')));
    assert.deepEqual([...new Set(await ask())], [200]);
    nothingFailed(await load((ended) => ended));
    assert.deepEqual([...new Set(await ask())], [200], 'each is still there');
    for (const { socket } of idle) socket.destroy();
  });
});

/** A connection that sends one request at a time: get(path) returns the status. */
function keptAlive(port) {
  return new Promise((resolve, reject) => {
    let answered;
    let fail = reject;
    const socket = net.connect({ port, host: '127.0.0.1' }, () => resolve({ socket, get }));
    const get = (path) => new Promise((resolveAnswer, rejectAnswer) => {
      answered = resolveAnswer;
      fail = rejectAnswer;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    });
    socket.on('data', (bytes) => answered(Number(bytes.toString('latin1').match(/^HTTP\/1\.1 (\d{3})/)?.[1])));
    socket.on('error', (error) => fail(error)).on('close', () => fail(new Error('the server closed the connection')));
  });
}
