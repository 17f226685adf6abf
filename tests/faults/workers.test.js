// Handlers that throw and workers that die.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { Server } from '../e2e/lib/server.js';
import { Socket } from '../e2e/lib/socket.js';
import { sleep, until } from '../e2e/lib/workspace.js';

for (const loops of [1, 4]) {
  describe(`faults in PHP, ${loops} event loops`, () => {
    let app, server;
    before(async () => {
      app = await probeApp();
      server = await Server.start(app, { loops, workers: 2 });
    });
    after(() => server?.stop());

    test('an exception is reported by Laravel and closes the socket with 1011', async () => {
      const socket = await Socket.open(server, '/faulty');
      socket.raw('throw');
      assert.equal((await socket.closed).code, 1011);
      assert.match(app.laravelLog, /RuntimeException.*thrown in a socket handler|thrown in a socket handler/);
    });

    test('what the handler sent before still goes out', async () => {
      const socket = await Socket.open(server, '/faulty');
      assert.equal(await socket.ask('send, then throw'), 'sent before');
      assert.equal((await socket.closed).code, 1011);
    });

    test('unless the handler said otherwise', async () => {
      const socket = await Socket.open(server, '/faulty');
      socket.raw('close, then throw');
      assert.deepEqual(await socket.closed, { code: 4002, reason: 'before it failed' });
    });

    test('a failed validation is told and leaves the socket open', async () => {
      const socket = await Socket.open(server, '/faulty');
      const answer = JSON.parse(await socket.ask('validate'));
      assert.equal(answer.event, 'error');
      assert.equal(await socket.ask('anything'), 'fine');
      await socket.close();
    });

    test('exit() or exhausted memory in a handler ends that event; after the second the worker is replaced', async () => {
      const before = (await server.processes('worker')).map(({ pid }) => pid).sort();
      for (const verb of ['exit', 'memory']) {
        const socket = await Socket.open(server, '/faulty');
        const other = await Socket.open(server, '/faulty');
        socket.raw(verb);
        await sleep(300);
        assert.equal(await other.ask('still'), 'fine');
        socket.ws.terminate();
        await other.close();
        if (verb === 'exit') assert.deepEqual((await server.processes('worker')).map(({ pid }) => pid).sort(), before);
      }
      await until('another worker', async () => (await server.processes('worker')).some(({ pid }) => !before.includes(pid)));
    });

    test('a worker that dies in a request: 502 for its client, and another worker in its place', async () => {
      const before = (await server.processes('worker')).map(({ pid }) => pid);
      assert.equal((await server.client().get('/api/odd/kill')).status, 502);
      await until('two workers again', async () => {
        const now = await server.processes('worker');
        return now.length === 2 && now.every(({ state }) => state === 'idle') && now.some(({ pid }) => !before.includes(pid));
      });
      for (let n = 0; n < 10; n++) assert.equal((await server.client().get('/api/ping')).status, 200);
    });

    test('a worker that dies in an event: that event is reported, the others behind it are handled', async () => {
      const reportedBefore = reported(server);
      const socket = await Socket.open(server, '/count?name=dies');
      socket.raw('0');
      socket.raw('1 die');
      for (let n = 2; n < 10; n++) socket.raw(String(n));
      const numbers = [];
      while (numbers.at(-1) !== 9) numbers.push(Number((await socket.next()).split(' ')[0]));
      // Messages and acknowledgements leave in batches: the previous one may have been lost with the worker, unsent.
      const lost = await until('the report', () => reported(server) - reportedBefore);
      assert.deepEqual(numbers, lost === 1 ? [0, 2, 3, 4, 5, 6, 7, 8, 9] : [2, 3, 4, 5, 6, 7, 8, 9]);
      assert.equal(numbers.length + lost, 10);
      await socket.close();
    });
  });

  test(`workers are killed under load, ${loops} event loops: sent = handled + reported`, async (t) => {
    const app = await probeApp();
    const server = await Server.start(app, { loops, workers: 3 });
    try {
      const clients = await Promise.all(Array.from({ length: 40 }, async (_, number) => {
        const answers = [];
        const socket = await Socket.open(server, `/count?name=b${number}`, { onMessage: (text) => answers.push(Number(text.split(' ')[0])) });
        return { socket, answers, sent: 0 };
      }));
      const traffic = setInterval(() => clients.forEach((client) => {
        for (let n = 0; n < 3; n++) client.socket.raw(String(client.sent++));
      }), 10);
      for (let kills = 0; kills < 6; kills++) {
        await sleep(250);
        const workers = (await server.processes('worker')).filter(({ state }) => state !== 'booting');
        const worker = workers.find(({ state }) => state === 'event') ?? workers[0];
        if (worker) process.kill(worker.pid, 'SIGKILL');
      }
      await sleep(500);
      clearInterval(traffic);

      const sum = (of) => clients.reduce((total, client) => total + of(client), 0);
      const sent = sum((client) => client.sent);
      await until('the books to balance', () => sum(({ answers }) => answers.length) + reported(server) >= sent, 30).catch(() => {});
      await sleep(300);
      const answered = sum(({ answers }) => answers.length);
      const begun = app.read('storage/count.log').split('\n').filter((line) => line.startsWith('message'));
      const books = { sent, answered, reported: reported(server), begun: begun.length };
      console.log(`     ${JSON.stringify(books)}`);

      assert.equal(answered + reported(server), sent, JSON.stringify(books));
      assert.equal(new Set(begun).size, begun.length, 'no event is begun twice');
      assert.ok(begun.length >= answered && begun.length <= answered + reported(server), JSON.stringify(books));
      for (const { socket, answers } of clients) {
        assert.equal(socket.ws.readyState, 1);
        assert.deepEqual(answers, [...new Set(answers)].sort((a, b) => a - b), 'in order, none twice');
        socket.ws.terminate();
      }
    } finally {
      await server.stop();
    }
  });
}

/** Number of events that the gateway has reported as lost with their worker. */
function reported(server) {
  return [...server.log.matchAll(/events lost with their business count=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}
