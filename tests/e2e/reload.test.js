// `laraman reload` after an edit: the new code answers, and clients are not interrupted.

import assert from 'node:assert/strict';
import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { App, chatApp, probeApp } from './lib/app.js';
import { Server, laraman } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { sleep, temporaryFolder, until } from './lib/workspace.js';

for (const loops of [1, 4]) {
  describe(`reload, ${loops} event loops`, () => {
    let app, server;
    before(async () => {
      app = await probeApp();
      server = await Server.start(app, { loops, workers: 2 });
    });
    after(() => server?.stop());

    test('under traffic no socket is dropped, no message lost, doubled or out of order', async () => {
      const clients = await Promise.all(Array.from({ length: 30 }, async (_, number) => {
        const answers = [];
        const socket = await Socket.open(server, `/count?name=r${number}`, { onMessage: (text) => answers.push(text.split(' ').map(Number)) });
        return { socket, answers, sent: 0 };
      }));
      const traffic = setInterval(() => clients.forEach((client) => client.socket.raw(String(client.sent++))), 20);
      const requests = [];
      const polling = setInterval(() => requests.push(server.client().get('/api/ping').then(({ status }) => status, (error) => error.message)), 50);

      const switched = new Map();
      await sleep(500);
      for (const version of [2, 3]) {
        const before = new Set((await server.processes('worker')).map(({ pid }) => pid));
        app.edit('app/Sockets/CountSocket.php', `VERSION = ${version - 1};`, `VERSION = ${version};`);
        const { code, output } = await server.command('reload');
        assert.equal(code, 0, output);
        await until(`an answer of version ${version}`, () => clients.every(({ answers }) => answers.at(-1)[1] === version));
        await until('the old workers to leave', async () => (await server.processes('worker')).every(({ pid }) => !before.has(pid)));
        switched.set(version, new Map(clients.map(({ socket, sent }) => [socket, sent])));
        await sleep(300);
      }
      clearInterval(traffic);
      clearInterval(polling);

      await until('all answers', () => clients.every(({ answers, sent }) => answers.length >= sent));
      await sleep(200);
      for (const { socket, answers, sent } of clients) {
        assert.equal(socket.ws.readyState, 1);
        assert.deepEqual(answers.map(([number]) => number), [...Array(sent).keys()]);
        // Old and new workers run side by side for a short time; requests sent after that are answered by the new workers.
        for (const [version, from] of switched) assert.ok(answers.every(([number, by]) => number < from.get(socket) || by >= version));
      }
      assert.deepEqual([...new Set(await Promise.all(requests))], [200]);
      assert.equal(app.read('storage/count.log').split('\n').filter((line) => line.startsWith('message')).length, clients.reduce((sum, { sent }) => sum + sent, 0));
      clients.forEach(({ socket }) => socket.ws.terminate());
    });

    test('code that does not boot changes nothing, and its error is told', async () => {
      const socket = await Socket.open(server, '/count?name=steady');
      const before = (await socket.ask('0')).split(' ')[1];
      const good = app.read('routes/sockets.php');
      app.write('routes/sockets.php', '<?php this is not PHP');
      const { code, output } = await server.command('reload');
      assert.notEqual(code, 0);
      assert.match(output, /syntax error/i);
      assert.equal((await socket.ask('1')).split(' ')[1], before);
      assert.equal((await server.client().get('/api/ping')).status, 200);
      app.write('routes/sockets.php', good);
      assert.equal((await server.command('reload')).code, 0);
      assert.equal((await socket.ask('2')).split(' ')[0], '2');
      await socket.close();
    });

    test('SIGHUP reloads too', async () => {
      const before = (await server.processes('worker')).map(({ pid }) => pid);
      server.process.kill('SIGHUP');
      await until('new workers', async () => {
        const now = await server.processes('worker');
        return now.length === 2 && now.every(({ pid }) => !before.includes(pid));
      });
    });
  });
}

test('a deploy: the link to the release is changed, and a reload serves its code, environment and files', async () => {
  const releases = [await probeApp(), await probeApp()];
  const folder = temporaryFolder();
  const current = join(folder, 'current');
  symlinkSync(releases[0].folder, current);
  for (const [number, release] of releases.entries()) {
    release.write('public/version.txt', `release ${number}`);
    release.write('.env', `${release.read('.env')}\nRELEASE=${number}\n`);
  }
  releases[1].edit('app/Sockets/CountSocket.php', 'VERSION = 1;', 'VERSION = 2;');
  const server = await Server.start(new App(current), { workers: 2 });
  const socket = await Socket.open(server, '/count?name=deploy');
  const seen = async () => [(await server.client().get('/version.txt')).body, (await server.client().get('/api/odd/env/RELEASE')).body, (await socket.ask('0')).split(' ')[1]];
  assert.deepEqual(await seen(), ['release 0', '0', '1']);

  symlinkSync(releases[1].folder, `${current}.new`);
  renameSync(`${current}.new`, current);
  assert.equal((await seen())[1], '0', 'the code is that of before');
  const { code, output } = await laraman(['reload', '--app', current, '--runtime-dir', releases[0].path('storage/framework/laraman'), '--pid-file', releases[0].path('storage/laraman.pid')]);
  assert.equal(code, 0, output);
  await until('the new release', async () => JSON.stringify(await seen()) === JSON.stringify(['release 1', '1', '2']));
  assert.equal(socket.ws.readyState, 1);
  await socket.close();
  await server.stop();
});

test('the chat goes on while ChatSocket is edited', async () => {
  const app = await chatApp();
  const server = await Server.start(app);
  try {
    const ada = await Socket.open(server, '/chat/lobby', { client: await server.client().logIn('Ada') });
    const grace = await Socket.open(server, '/chat/lobby', { client: await server.client().logIn('Grace') });
    ada.send('say', { key: '1', text: 'shout' });
    assert.equal((await grace.event('said')).text, 'shout');
    app.edit('app/Sockets/ChatSocket.php', "['text' => $data['text']]", "['text' => mb_strtoupper($data['text'])]");
    assert.equal((await server.command('reload')).code, 0);
    ada.send('say', { key: '2', text: 'shout' });
    assert.equal((await grace.event('said')).text, 'SHOUT');
    assert.deepEqual([ada.ws.readyState, grace.ws.readyState], [1, 1]);
  } finally {
    await server.stop();
  }
});

test('with --watch, edits are served by themselves, and a syntax error only waits for the next edit', async () => {
  const app = await probeApp();
  app.write('.env', `${app.read('.env')}\nPROBE_WORD=first\n`);
  const server = await Server.start(app, { flags: ['--watch'] });
  try {
    const socket = await Socket.open(server, '/count?name=steady');
    let number = 0;
    const version = async () => (await socket.ask(String(number++))).split(' ')[1];
    const reloads = (count) => until(`reload ${count}`, () => server.log.split('reload done').length > count);
    assert.equal(await version(), '1');
    app.edit('app/Sockets/CountSocket.php', 'VERSION = 1;', 'VERSION = 2;');
    await reloads(1);
    assert.equal(await version(), '2');

    app.edit('app/Sockets/CountSocket.php', 'VERSION = 2;', 'VERSION = ;');
    app.edit('routes/sockets.php', '<?php', '<?php this is not PHP');
    await until('word of the error', () => /reload failed[^]*syntax error/i.test(server.log));
    assert.equal(await version(), '2');
    app.edit('routes/sockets.php', '<?php this is not PHP', '<?php');
    app.edit('app/Sockets/CountSocket.php', 'VERSION = ;', 'VERSION = 3;');
    await reloads(2);
    assert.equal(await version(), '3');

    app.edit('.env', 'PROBE_WORD=first', 'PROBE_WORD=second');
    await until('the new environment', async () => (await server.client().get('/api/odd/env/PROBE_WORD')).body === 'second');
    assert.equal(socket.ws.readyState, 1);
  } finally {
    await server.stop();
  }
});
