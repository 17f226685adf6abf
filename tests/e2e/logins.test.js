// The end of a log-in while one of its handshakes is under way: the application has accepted the user, and open() runs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { sleep, until, within } from './lib/workspace.js';

for (const loops of [1, 4]) {
  describe(`handshakes that a log-out overtakes, ${loops} event loops`, () => {
    let server;
    before(async () => { server = await Server.start(await probeApp(), { loops, workers: 4 }); });
    after(() => server?.stop());

    const logIn = async (name) => {
      const client = server.client();
      await client.get(`/log-in/${name}`);
      return client;
    };
    const notes = (name) => server.app.read('storage/count.log').split('\n').filter((line) => line.split(' ')[1] === name);

    for (const [what, path, end] of [['log-out', '/log-out', { code: 4001, reason: 'Logged out' }], ['kick of the user', '/kick', { code: 4002, reason: 'kicked' }]]) {
      test(`a ${what} closes what opens after it, and close() runs`, async () => {
        for (let round = 0; round < 3; round++) {  // so that more than one loop is tested
          const name = `${path.slice(1)}${loops}-${round}`;
          const client = await logIn('ada');
          const { cookieHeader } = client;
          const other = await logIn('bob');
          const handshakes = [Socket.open(server, `/own/count?name=${name}&wait=1000`, { headers: { Cookie: cookieHeader } }), Socket.open(server, `/own/count?name=other-${name}&wait=1000`, { client: other })];
          await sleep(400);
          assert.equal((await client.get(path)).status, 200);
          const [socket, bystander] = await Promise.all(handshakes);
          socket.raw('1');
          assert.deepEqual(await within(5, 'the close', socket.closed), end);
          await until('close()', () => notes(name).length > 0);
          assert.deepEqual(notes(name), [`close ${name} 0`]);
          await bystander.ask('1');
          await bystander.close();
        }
      });
    }

    test('a new id of the session is that of a socket which opens meanwhile', async () => {
      const client = await logIn('ada');
      const { cookieHeader } = client;
      const handshake = Socket.open(server, `/own/count?name=new${loops}&wait=1000`, { headers: { Cookie: cookieHeader } });
      await sleep(400);
      await client.get('/new-session');
      const socket = await handshake;
      await socket.ask('1');
      await client.get('/log-out');
      assert.equal((await within(5, 'the close', socket.closed)).code, 4001);
    });

    test('a socket that closes the others of its user as it opens is not one of them', async () => {
      const client = await logIn('bob');
      let last = await Socket.open(server, `/own/count?name=alone${loops}`, { client });
      for (let round = 0; round < 10; round++) {
        const next = await Socket.open(server, `/own/count?name=alone${loops}&alone=1`, { client });
        assert.deepEqual(await within(5, 'the close', last.closed), { code: 4003, reason: 'opened elsewhere' });
        await next.ask('1');
        last = next;
      }
      await last.close();
    });
  });
}
