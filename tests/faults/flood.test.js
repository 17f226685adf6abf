// Clients that send far more than the workers can handle, and connections that end with queued messages: others are not
// affected, queues stay within their bounds, and only events that may be dropped are dropped.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { Business, Gateway } from '../e2e/lib/gateway.js';
import { Server } from '../e2e/lib/server.js';
import { frame, RawSocket, Socket } from '../e2e/lib/socket.js';
import { freePort, sleep, until, within } from '../e2e/lib/workspace.js';

const now = () => Number(process.hrtime.bigint()) / 1e6; // ms

for (const loops of [1, 4]) {
  describe(`floods, ${loops} event loops`, () => {
    let server;
    let metrics;
    before(async () => {
      const port = await freePort();
      metrics = async (name, label = '') => (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
        .filter((line) => line.startsWith(`laraman_${name}`) && line.includes(label))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      server = await Server.start(await probeApp(), { loops, flags: ['--metrics-listen', `127.0.0.1:${port}`] });
    });
    after(() => server?.stop());

    const notes = (name) => server.app.read('storage/count.log').split('\n').filter((line) => line.split(' ')[1] === name);

    test('one read full of small messages stays within the bound, delays nobody, and is handled', async () => {
      const flooders = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(server, '/echo')));
      const bystander = await Socket.open(server, '/echo');
      await bystander.ask('warm');
      const flood = Buffer.concat(Array.from({ length: 3000 }, () => frame(1, 'x')));
      flooders.forEach((raw) => raw.socket.write(flood));
      const waits = [];
      let most = 0;
      for (let i = 0; i < 20; i++) {
        const began = now();
        await bystander.ask('still there?');
        waits.push(now() - began);
        most = Math.max(most, await metrics('events_waiting'));
      }
      assert.ok(most <= 20 * 128 + 1, `${most} events wait`);
      assert.ok(Math.max(...waits) < 1000, `echoes took ${waits.map(Math.round)} ms`);
      for (const raw of flooders) {
        await until('all echoes', () => raw.received.length >= 3000 * 3, 60);
        raw.socket.destroy();
      }
      bystander.ws.terminate();
      assert.equal(await metrics('events_lost_total'), 0);
    });

    test('what a client sent before it disconnected is handled, then close()', async () => {
      const name = `gone${loops}`;
      const raw = await RawSocket.open(server, `/count?name=${name}`);
      raw.socket.end(Buffer.concat(Array.from({ length: 1000 }, (_, number) => frame(1, `${number}`))));
      await until('close()', () => notes(name).at(-1)?.startsWith('close'), 30);
      assert.deepEqual(notes(name).slice(0, -1).map((line) => Number(line.split(' ')[2])), Array.from({ length: 1000 }, (_, number) => number));
    });

    for (const [verb, code] of [['close', 4001], ['throw', 1011]]) {
      test(`after "${verb}" in a handler only close() runs for the connection`, async () => {
        const name = `${verb}${loops}`;
        const before = await metrics('events_lost_total', 'closed');
        const socket = await Socket.open(server, `/count?name=${name}`);
        for (let number = 0; number < 10; number++) socket.raw(`${number}`);  // so that the worker gets several events in advance
        socket.raw(`10 ${verb}`);
        for (let number = 11; number < 61; number++) socket.raw(`${number}`);
        assert.equal((await within(10, 'the close', socket.closed)).code, code);
        await until('close()', () => notes(name).at(-1)?.startsWith('close'));
        await sleep(200);
        assert.deepEqual(notes(name).map((line) => line.split(' ')[0] + line.split(' ')[2]),
          [...Array.from({ length: 11 }, (_, number) => `message${number}`), 'close0']);
        const dropped = await metrics('events_lost_total', 'closed') - before;
        assert.ok(dropped <= 50, `${dropped} were dropped: some may not have been read`);
      });
    }

    // While a handler sleeps, the events after it go back to the gateway and wait there for its end.
    for (const [verb, code] of [['close', 4001], ['throw', 1011], ['exit', 1011], ['fatal', 1011], ['segfault', 1011]]) {
      test(`after a late "${verb}" in a handler only close() runs for the connection`, async () => {
        for (let round = 0; round < 6; round++) {
          const name = `late-${verb}${loops}-${round}`;
          const socket = await Socket.open(server, `/count?name=${name}`);
          socket.raw(`0 ${verb} late`);
          socket.raw('1');
          assert.equal((await within(10, 'the close', socket.closed)).code, code);
          await until('close()', () => notes(name).at(-1)?.startsWith('close'));
          await sleep(50);
          assert.deepEqual(notes(name).map((line) => line.split(' ')[0] + line.split(' ')[2]), ['message0', 'close0']);
        }
      });
    }

    test('after a kick by another connection only close() runs for the kicked one', async () => {
      const name = `kicked${loops}`;
      const [kicked, kicker] = await Promise.all([Socket.open(server, `/count?name=${name}`), Socket.open(server, `/count?name=kicker${loops}`)]);
      const id = await kicked.ask('0 id');
      await kicked.next();
      for (let number = 1; number < 10; number++) await kicked.ask(`${number}`);
      kicked.raw('10 sleep');
      for (let number = 11; number < 61; number++) kicked.raw(`${number}`);
      await sleep(100);
      kicker.raw(`0 kick ${id}`);
      assert.equal((await within(10, 'the close', kicked.closed)).code, 4003);
      await until('close()', () => notes(name).at(-1)?.startsWith('close'));
      await sleep(200);
      assert.deepEqual(notes(name).map((line) => line.split(' ')[0] + line.split(' ')[2]),
        [...Array.from({ length: 11 }, (_, number) => `message${number}`), 'close0']);
      kicker.ws.terminate();
    });

    test('an open that its business left behind blocks no later connection', async () => {
      const worker = server.app.path('storage/framework/laraman/worker.sock');
      const guest = await Business.connect(worker);
      guest.end();
      await until('the end of the business', async () => (await metrics('businesses')) === 2);
      const socket = await Socket.open(server, '/echo');
      const began = now();
      assert.equal(await socket.ask('anybody?'), 'anybody?');
      assert.ok(now() - began < 1000, `${now() - began} ms`);
      await socket.close();
    });

    test('a message above the frame limit is refused at the call, and the link stays', async () => {
      const name = `large${loops}`;
      const socket = await Socket.open(server, `/count?name=${name}`);
      socket.raw(`0 raw ${3 << 20}`);
      assert.equal((await within(10, 'the close', socket.closed)).code, 1011);
      assert.match(server.app.laravelLog, /InvalidArgumentException.*above the gateway's limit of \d+.*max_frame_bytes/);
      const other = await Socket.open(server, `/count?name=${name}b`);
      other.raw(`0 session ${3 << 20}`);
      assert.equal((await within(10, 'the close', other.closed)).code, 1011);
      await until('close()', () => notes(`${name}b`).at(-1)?.startsWith('close'));
      assert.doesNotMatch(server.log, /link to the gateway lost/);
      const last = await Socket.open(server, '/count?name=after');
      last.raw(`0 raw ${1 << 20}`);
      assert.equal((await last.next()).length, 1 << 20);
      await last.close();
    });
  });

  describe(`businesses that do not acknowledge, ${loops} event loops`, () => {
    test('after a rolling restart both have half of the connections', async () => {
      const gateway = await Gateway.start({ loops, flags: ['--netsvr-affinity-timeout', 1] });
      let talk;
      try {
        let [first, second] = [await gateway.business(), await gateway.business()];
        const sockets = await Promise.all(Array.from({ length: 20 }, () => Socket.open(gateway, '/')));
        talk = setInterval(() => sockets.forEach((socket) => socket.raw('x')), 300);
        second.end();
        second = await gateway.business();
        first.end();
        first = await gateway.business();
        const of = (business) => new Set(business.events.splice(0).map(({ id }) => id)).size;
        await until('an even share', async () => {
          [first, second].forEach(of);
          await sleep(700);
          return of(first) === 10 && of(second) === 10;
        }, 60);
      } finally {
        clearInterval(talk);
        await gateway.stop();
      }
    });
  });

  describe(`too many ends of connections wait, ${loops} event loops`, () => {
    test('handshakes get 503 until a business has taken them', async () => {
      const gateway = await Gateway.start({ loops, flags: ['--max-waiting-closes', 5] });
      try {
        const business = await gateway.business();
        const sockets = await Promise.all(Array.from({ length: 8 }, () => Socket.open(gateway, '/')));
        await business.kinds(8);
        business.end();
        await sleep(200);
        sockets.forEach((socket) => socket.ws.terminate());
        await until('a refusal', async () => Socket.open(gateway, '/').then((socket) => { socket.ws.terminate(); return false; }, (error) => error.status === 503));
        const back = await gateway.business();
        await until('all closes', () => back.events.filter(({ kind }) => kind === 'close').length >= 8);
        (await Socket.open(gateway, '/')).ws.terminate();
      } finally {
        await gateway.stop();
      }
    });
  });
}
