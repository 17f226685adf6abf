// A stream in a worker: the chat example subscribes to a fake Redis server, which supports only subscriptions.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { chatApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

class FakeRedis {
  subscribers = [];
  received = '';

  static async listen() {
    const redis = new FakeRedis();
    redis.server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        redis.received += bytes;
        if (/PSUBSCRIBE\r\n/.test(bytes) && !/PUNSUBSCRIBE/.test(bytes)) {
          redis.subscribers.push(socket);
          socket.write('*3\r\n$10\r\npsubscribe\r\n$6\r\nchat.*\r\n:1\r\n');
        }
      });
      socket.on('close', () => { redis.subscribers = redis.subscribers.filter((one) => one !== socket); });
    });
    await new Promise((resolve) => redis.server.listen(0, '127.0.0.1', resolve));
    return redis;
  }

  get address() {
    return `127.0.0.1:${this.server.address().port}`;
  }

  /** Sends the message in pieces of this number of bytes. */
  async publish(channel, text, piece = Infinity) {
    const part = (string) => `$${Buffer.byteLength(string)}\r\n${string}\r\n`;
    const bytes = Buffer.from(`*4\r\n${['pmessage', 'chat.*', channel, text].map(part).join('')}`);
    for (let at = 0; at < bytes.length; at += piece) {
      for (const socket of this.subscribers) socket.write(bytes.subarray(at, at + piece));
      if (piece < bytes.length) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

let redis, server, socket;
before(async () => {
  redis = await FakeRedis.listen();
  server = await Server.start(await chatApp(), { workers: 2, env: { CHAT_REDIS: redis.address } });
  socket = await Socket.open(server, '/chat/lobby', { client: await server.client().logIn('Ada') });
});
after(async () => {
  socket?.ws.terminate();
  await server?.stop();
  redis.server.close();
});

const subscribed = () => until('one subscriber', () => redis.subscribers.length === 1);
const hears = async (text) => assert.deepEqual(await socket.event('announced'), { text, by: 'Redis' });

test('one of the workers is subscribed, and forwards what comes', async () => {
  await subscribed();
  await redis.publish('chat.room.lobby', 'lunch\r\nis ready');
  await hears('lunch\r\nis ready');
  await redis.publish('chat.room.lobby', 'piece by piece: €', 7);
  await hears('piece by piece: €');
  const workers = await server.processes('worker');
  assert.deepEqual(workers.map(({ streams }) => streams).sort(), [0, 1]);
  assert.deepEqual(workers.map(({ timers }) => timers).sort(), [0, 1], 'the other waits for its turn');
});

test('when Redis hangs up it is subscribed to again', async () => {
  const [before] = redis.subscribers;
  before.destroy();
  await until('a new subscriber', () => redis.subscribers.length === 1 && redis.subscribers[0] !== before);
  await redis.publish('chat.room.lobby', 'back');
  await hears('back');
});

test('when the worker dies another takes over', async () => {
  const worker = (await server.processes('worker')).find(({ streams }) => streams === 1);
  const [before] = redis.subscribers;
  process.kill(worker.pid, 'SIGKILL');
  await until('another', () => redis.subscribers.length === 1 && redis.subscribers[0] !== before);
  await redis.publish('chat.room.lobby', 'another');
  await hears('another');
});

test('a reload hands it over', async () => {
  const [before] = redis.subscribers;
  redis.received = '';
  assert.equal((await server.command('reload')).code, 0);
  await until('a new subscriber', () => redis.subscribers.length === 1 && redis.subscribers[0] !== before);
  assert.match(redis.received, /PUNSUBSCRIBE[^]*QUIT/, 'the old one has taken its leave');
  await redis.publish('chat.room.lobby', 'reloaded');
  await hears('reloaded');
});

test('it is closed in order when the server stops', async () => {
  redis.received = '';
  await server.stop();
  assert.match(redis.received, /PUNSUBSCRIBE[^]*QUIT/);
});
