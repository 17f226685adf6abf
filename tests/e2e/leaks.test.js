// State of one request or event must not be visible to the next: one worker, two users in turns.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';

const ROUNDS = 100; // two requests and two events each

let server;
before(async () => { server = await Server.start(await probeApp(), { workers: 1 }); });
after(() => server?.stop());

test('two users alternate on one worker, with socket events between: no trace of the other', async () => {
  const nobody = server.client();
  // The expected values without any leak, from the worker's first request.
  const clean = JSON.parse((await nobody.get('/leaks/nobody')).body).found;
  assert.equal(clean.once, true);
  assert.equal(clean['view share'], null);

  const people = await Promise.all(['ada', 'bob'].map(async (name) => {
    const client = server.client();
    await client.get(`/log-in/${name}`);
    return { name, client, socket: await Socket.open(server, `/leaks/${name}/socket`, { client }), seen: false };
  }));
  const pids = new Set();

  for (let round = 0; round < ROUNDS; round++) {
    for (const person of people) {
      const { name, client, socket, seen } = person;
      client.cookies.delete('mark');
      const answer = await client.get(`/leaks/${name}?page=${round + 1}&of=${name}`, { 'X-Mark': name });
      assert.equal(answer.status, 200, answer.body);
      const { found, own, pid } = JSON.parse(answer.body);
      pids.add(pid);
      assert.deepEqual(found, clean, `request ${round} of ${name}`);
      assert.deepEqual(own, {
        user: name,
        'user of the request': name,
        'user by injection': name,
        gate: true,
        session: seen ? name : null,
        header: name,
        superglobals: [{ page: String(round + 1), of: name }, name, `/leaks/${name}?page=${round + 1}&of=${name}`],
        route: name,
        page: round + 1,
        path: `${server.url}/leaks/${name}`,
        view: `${name}, no mark, ${name}\n`,
      });
      assert.equal(client.cookies.get('mark'), name);
      person.seen = true;
    }
    for (const { name, socket } of people) {
      socket.raw(`${name} ${round}`);
      const { found, own, pid } = await socket.event('leaks');
      pids.add(pid);
      // An event has no own URL as the base of generated URLs; the rest is as in a request.
      assert.deepEqual({ ...found, 'URL scheme and root': '' }, { ...clean, 'URL scheme and root': '' }, `event ${round} of ${name}`);
      assert.doesNotMatch(found['URL scheme and root'], /ada|bob|https/);
      assert.deepEqual(own, {
        user: name,
        'user of the connection': name,
        gate: true,
        session: name,
        header: null,
        path: `leaks/${name}/socket`,
        view: `${name}, no mark, no header\n`,
        message: `${name} ${round}`,
      });
    }
    const guest = JSON.parse((await nobody.get('/leaks/nobody')).body);
    assert.deepEqual(guest.found, clean, `request ${round} of a guest`);
    assert.deepEqual([guest.own.user, guest.own['user of the request'], guest.own.gate, guest.own.page, guest.own.header], [null, null, false, 1, null]);
  }
  assert.equal(pids.size, 1);
});
