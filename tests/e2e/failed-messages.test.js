// Messages whose handler fails: their sockets close with 1011, the log has the reason, and other sockets are not affected.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

const failures = {
  throw: /RuntimeException: thrown in a socket handler/,
  exit: /the handler has ended the script/,
  fatal: /Cannot declare class stdClass/,
  memory: /Allowed memory size|Possible integer overflow/,
  exhaust: /Allowed memory size/,
};

for (const debug of [true, false]) {
  describe(debug ? 'with app.debug' : 'without app.debug', () => {
    let server, witness;
    before(async () => {
      server = await Server.start(await probeApp(), { workers: 2, env: { APP_DEBUG: String(debug) } });
      witness = await Socket.open(server, '/faulty');
    });
    after(() => server?.stop());

    for (const [how, reason] of Object.entries(failures)) {
      test(how, async () => {
        const socket = await Socket.open(server, '/faulty');
        const before = server.log.length;
        socket.raw(how);
        const closed = await socket.closed;
        assert.equal(closed.code, 1011);
        if (debug) assert.match(closed.reason, reason);
        if (!debug) assert.equal(closed.reason, '');
        if (how !== 'throw') {
          await until('a line in the log', () => /message not handled, its connection is closed slot=\d+ connection=[0-9a-f]{28} path=\/faulty reason="/.test(server.log.slice(before)));
        }
        assert.equal(await witness.ask('hello'), 'fine');
      });
    }

    test('a crash of the worker', async () => {
      const socket = await Socket.open(server, '/faulty');
      socket.raw('segfault');
      assert.deepEqual(await socket.closed, { code: 1011, reason: '' });
      await until('a line in the log', () => /message not handled, its connection is closed connection=[0-9a-f]{28} reason="its worker crashed"/.test(server.log));
      assert.equal(await witness.ask('hello'), 'fine');
    });

    test('a worker that is killed from outside costs the message, not the socket', async () => {
      const socket = await Socket.open(server, '/faulty');
      socket.raw('sleep');
      const busy = await until('its worker', async () => (await server.processes('worker')).find(({ state }) => state === 'event'));
      process.kill(busy.pid, 'SIGKILL');
      assert.equal(await socket.ask('hello'), 'fine');
      await socket.close();
    });

    test('the log of the server has no page', () => {
      assert.doesNotMatch(server.log, /<!doctype|<html|<br|<b>/i);
    });
  });
}
