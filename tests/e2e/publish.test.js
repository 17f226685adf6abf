// From Laravel to the browser: a controller, a queued job, tinker, and the same application under php-fpm.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chatApp } from './lib/app.js';
import { PhpFpm } from './lib/fpm.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';

for (const loops of [1, 4]) {
  describe(`publishing, ${loops} event loops`, () => {
    let app, server, ada, sockets;

    before(async () => {
      app = await chatApp();
      server = await Server.start(app, { loops });
      ada = await server.client().logIn('Ada');
      // More sockets than loops, in different rooms: some are certainly not on the loop that receives a command.
      sockets = await Promise.all(['lobby', 'laravel', 'random', 'lobby', 'laravel', 'random', 'lobby', 'lobby'].map((room) => Socket.open(server, `/chat/${room}`, { client: ada })));
    });
    after(async () => {
      sockets?.forEach((socket) => socket.ws.terminate());
      await server?.stop();
    });

    const everybodyHas = async (text) => {
      const announcements = await Promise.all(sockets.map((socket) => socket.event('announced')));
      assert.deepEqual(announcements.map((one) => one.text), sockets.map(() => text));
    };

    test('a controller in a resident worker', async () => {
      const answer = await ada.post('/announce', { text: 'by a controller' }, { Accept: 'application/json' });
      assert.equal(answer.status, 202, answer.body);
      await everybodyHas('by a controller');
    });

    test('a queued job', async () => {
      const answer = await ada.post('/announce', { text: 'by a job', queued: 1 }, { Accept: 'application/json' });
      assert.deepEqual(JSON.parse(answer.body), { queued: true });
      const { code, output } = await app.artisan('queue:work', '--once');
      assert.equal(code, 0, output);
      assert.match(output, /DONE/);
      await everybodyHas('by a job');
    });

    test('tinker', async () => {
      const { code, output } = await app.artisan('tinker', '--execute', "Laraman\\Facades\\Gateway::channel('room.lobby', 'room.laravel', 'room.random')->send('announced', ['text' => 'by tinker', 'by' => 'me']);");
      assert.equal(code, 0, output);
      await everybodyHas('by tinker');
    });

    test('tinker asks who is there', async () => {
      const { output } = await app.artisan('tinker', '--execute', "echo json_encode([Laraman\\Facades\\Gateway::channel('room.lobby')->count(), Laraman\\Facades\\Gateway::channel('room.lobby')->users(), Laraman\\Facades\\Gateway::user(1)->online(), Laraman\\Facades\\Gateway::user(2)->online()]);");
      assert.deepEqual(JSON.parse(output.match(/\[.*\]/)[0]), [4, ['1'], true, false]);
    });

    test('the same controller under nginx and php-fpm', async () => {
      const fpm = await PhpFpm.start(app);
      try {
        const grace = await fpm.client().logIn('Grace');
        assert.equal((await grace.getJson('/api/ping')).server, 'fpm-fcgi');
        for (const round of [1, 2, 3]) {  // later rounds use the persistent socket of php-fpm
          const answer = await grace.post('/announce', { text: `by php-fpm, ${round}` }, { Accept: 'application/json' });
          assert.equal(answer.status, 202, answer.body);
          await everybodyHas(`by php-fpm, ${round}`);
        }
      } finally {
        await fpm.stop();
      }
    });

    test('a handler, to the others and to all', async () => {
      const [first, , , second] = sockets;
      first.send('typing');
      assert.equal((await second.event('typing')).name, 'Ada');
      first.send('say', { key: 'k1', text: 'to all' });
      for (const socket of [first, second]) assert.equal((await socket.event('said')).text, 'to all');
      assert.ok(!first.messages.some((message) => JSON.parse(message).event === 'typing'));
    });

    test('a message that is not valid is answered with what is wrong', async () => {
      const [socket] = sockets;
      for (const bad of ['not JSON', '{"event":"nothing"}', '{"event":"say","data":{"key":"k"}}', '[]', '7']) {
        socket.raw(bad);
        const { errors } = await socket.event('error');
        assert.ok(Object.keys(errors).length > 0, bad);
      }
      socket.send('say', { key: 'k2', text: 'and it still works' });
      assert.equal((await socket.event('said')).text, 'and it still works');
    });
  });
}

test('without a server the gateway is unavailable, and that is what is said', async () => {
  const app = await chatApp();
  const { output } = await app.artisan('tinker', '--execute', "try { Laraman\\Facades\\Gateway::all()->send('x'); } catch (Throwable \$e) { echo get_class(\$e); }");
  assert.match(output, /Laraman\\Exceptions\\GatewayUnavailable/);
});
