// An application as a business of two gateways, as with netsvr's PHP library: `gateways` in config/laraman.php.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Gateway } from './lib/gateway.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { freePort, until } from './lib/workspace.js';

const places = [];
let app, server;

before(async () => {
  for (let n = 0; n < 2; n++) places.push({ worker: `127.0.0.1:${await freePort()}`, task: `127.0.0.1:${await freePort()}` });
  for (const place of places) place.gateway = await startGateway(place);
  app = await probeApp();
  const list = places.map(({ worker, task }) => `['worker' => '${worker}', 'task' => '${task}']`).join(', ');
  app.edit('config/laraman.php', 'return [', `return [\n    'gateways' => ['handler' => App\\NetBus\\Chat::class, 'heartbeat_interval' => 1, ${list}],`);
  server = await Server.start(app, { workers: 2 });
});
after(async () => {
  await server?.stop();
  for (const { gateway } of places) await gateway?.stop();
});

function startGateway({ worker, task }) {
  return Gateway.start({ flags: ['--netsvr-worker-listen', worker, '--netsvr-task-listen', task, '--netsvr-read-timeout', 3, '--limit-opens', 1000] });
}

class Person {
  static async join(place, name) {
    const socket = await Socket.open(place.gateway, `/?name=${name}`);
    const person = new Person(socket, name);
    await person.hears(`${name} is here`);
    return person;
  }

  constructor(socket, name) {
    Object.assign(this, { socket, name, said: [] });
  }

  /** Waits for the message, unless it has already arrived. */
  async hears(text) {
    const place = this.said.indexOf(text);
    if (place >= 0) return void this.said.splice(place, 1);
    for (;;) {
      const next = await this.socket.next().catch(() => { throw new Error(`${this.name} does not hear "${text}" but ${JSON.stringify(this.said)}`); });
      if (next === text) return;
      this.said.push(next);
    }
  }

  async call(method, ...args) {
    this.socket.raw(JSON.stringify({ call: method, with: args }));
    for (;;) {
      const next = await this.socket.next();
      if (next.startsWith('{"answer":')) return JSON.parse(next).answer;
      this.said.push(next);
    }
  }

  async id() {
    return (await this.call('connInfoByCustomerId', this.name))[this.name][0].uniqId;
  }
}

test('a chat over two gateways, with every call of NetBus', async () => {
  const ada = await Person.join(places[0], 'ada');
  const bob = await Person.join(places[1], 'bob');
  await ada.hears('bob is here');
  bob.socket.raw('hello');
  await Promise.all([ada.hears('bob: hello'), bob.hears('bob: hello')]);

  const [adasId, bobsId] = [await ada.id(), await bob.id()];
  const workers = places.map(({ worker }) => worker);
  assert.notEqual(adasId.slice(0, 12), bobsId.slice(0, 12));

  // To connections of both gateways.
  await ada.call('multicast', [adasId, bobsId], 'to both');
  await Promise.all([ada.hears('to both'), bob.hears('to both')]);
  await ada.call('singleCast', bobsId, 'to bob');
  await bob.hears('to bob');
  await ada.call('singleCastBulk', { [adasId]: 'one for ada', [bobsId]: 'one for bob' });
  await bob.hears('one for bob');
  await ada.hears('one for ada');
  await ada.call('singleCastBulk', { uniqIds: bobsId, data: ['first', 'second'] });
  await bob.hears('first');
  await bob.hears('second');
  // To users, topics, all.
  await ada.call('multicastByCustomerId', ['bob'], 'by name');
  await bob.hears('by name');
  await ada.call('singleCastByCustomerId', 'bob', 'by one name');
  await bob.hears('by one name');
  await ada.call('singleCastBulkByCustomerId', { bob: 'in bulk by name' });
  await bob.hears('in bulk by name');
  await ada.call('topicPublishBulk', { "bob's own": 'to his topic' });
  await bob.hears('to his topic');
  await ada.call('broadcast', 'to all');
  await bob.hears('to all');
  await ada.call('topicSubscribe', bobsId, ['late', 'later'], 'subscribed');
  await bob.hears('subscribed');
  await ada.call('topicUnsubscribe', bobsId, 'later', 'unsubscribed');
  await bob.hears('unsubscribed');

  // Queries: a reply from each gateway, or from the gateway of the connection.
  assert.deepEqual((await ada.call('checkOnline', [bobsId, adasId, '0'.repeat(28)])).sort(), [adasId, bobsId].sort());
  assert.deepEqual(await ada.call('uniqIdList'), [{ workerAddr: workers[0], uniqIds: [adasId] }, { workerAddr: workers[1], uniqIds: [bobsId] }]);
  assert.deepEqual(await ada.call('uniqIdCount'), workers.map((workerAddr) => ({ workerAddr, count: 1 })));
  assert.deepEqual(await ada.call('customerIdList'), [{ workerAddr: workers[0], customerIds: ['ada'] }, { workerAddr: workers[1], customerIds: ['bob'] }]);
  assert.deepEqual(await ada.call('customerIdCount'), workers.map((workerAddr) => ({ workerAddr, count: 1 })));
  assert.deepEqual((await ada.call('topicList'))[1].topics.sort(), ["bob's own", 'late', 'room']);
  assert.deepEqual((await ada.call('topicCount')).map(({ count }) => count), [2, 3]);
  assert.deepEqual((await ada.call('topicUniqIdList', 'room')).map(({ items }) => items), [[{ topic: 'room', uniqIds: [adasId] }], [{ topic: 'room', uniqIds: [bobsId] }]]);
  assert.deepEqual((await ada.call('topicUniqIdCount', ['late']))[1].items, [{ topic: 'late', count: 1 }]);
  assert.equal((await ada.call('topicUniqIdCount', [], true))[1].items.length, 3);
  assert.deepEqual((await ada.call('topicCustomerIdList', 'room'))[1].items, [{ topic: 'room', customerIds: ['bob'] }]);
  assert.deepEqual((await ada.call('topicCustomerIdCount', ['room']))[1].items, [{ topic: 'room', count: 1 }]);
  assert.deepEqual((await ada.call('topicCustomerIdToUniqIdsList', 'room'))[1].items, [{ topic: 'room', items: [{ customerId: 'bob', uniqIds: [bobsId] }] }]);
  const info = await ada.call('connInfo', [adasId, bobsId]);
  assert.deepEqual({ ...info[bobsId], topics: info[bobsId].topics.sort() }, { customerId: 'bob', session: 'session of bob', topics: ["bob's own", 'late', 'room'] });
  assert.equal(info[adasId].customerId, 'ada');
  assert.deepEqual((await ada.call('connInfo', bobsId, false, true, false))[bobsId], { customerId: '', session: 'session of bob', topics: [] });
  await ada.call('connInfoDelete', { forget: bobsId });
  assert.equal((await ada.call('connInfo', bobsId))[bobsId].session, '');
  const metrics = await ada.call('metrics');
  assert.deepEqual([...new Set(metrics.map(({ workerAddr }) => workerAddr))], workers);
  assert.ok(metrics.find(({ workerAddr, item }) => workerAddr === workers[1] && item === 1).count >= 1);
  assert.deepEqual(await ada.call('limit', { limit: 500 }, workers[1]), [{ workerAddr: workers[1], onMessage: 0, onOpen: 500 }]);
  assert.deepEqual((await ada.call('limit')).map(({ onOpen }) => onOpen), [1000, 500]);

  // Closes.
  await ada.call('topicDelete', 'late', 'deleted');
  await bob.hears('deleted');
  await ada.call('forceOfflineGuest', bobsId);
  assert.deepEqual(await ada.call('checkOnline', bobsId), [bobsId], 'bob is no guest');
  await ada.call('forceOffline', [bobsId], 'last words');
  await bob.hears('last words');
  await bob.socket.closed;
  await ada.hears('bob has left');
  const eve = await Person.join(places[1], 'eve');
  await ada.call('forceOfflineByCustomerId', 'eve');
  await eve.socket.closed;

  await until('the log', () => app.read('storage/netbus.log').includes('"customerId":"eve"'));
  const lines = app.read('storage/netbus.log').split('\n');
  assert.deepEqual(JSON.parse(lines.find((line) => line.includes(bobsId) && line.startsWith('open')).slice(5)), { uniqId: bobsId, rawQuery: 'name=bob', remoteAddr: '127.0.0.1' });
  const close = JSON.parse(lines.find((line) => line.startsWith('close') && line.includes(bobsId)).slice(6));
  assert.deepEqual({ ...close, topics: close.topics.sort() }, { uniqId: bobsId, customerId: 'bob', topics: ["bob's own", 'room'] });
  ada.socket.ws.terminate();
});

test('an exception of the handler is reported, and the next event is handled', async () => {
  const ada = await Person.join(places[0], 'ann');
  ada.socket.raw('throw');
  ada.socket.raw('still here');
  await ada.hears('ann: still here');
  assert.match(app.laravelLog, /thrown in a business/);
  ada.socket.ws.terminate();
});

test('outside the workers NetBus has sockets of its own', async () => {
  const ada = await Person.join(places[1], 'lea');
  const { output, code } = await app.artisan('tinker', '--execute', "Laraman\\Facades\\NetBus::singleCastByCustomerId('lea', 'from artisan'); echo json_encode(Laraman\\Facades\\NetBus::customerIdCount());");
  assert.equal(code, 0, output);
  await ada.hears('from artisan');
  assert.match(output, /"count":1/);
  ada.socket.ws.terminate();
});

test('a gateway that was away is found again; heartbeats keep the links of idle workers', async () => {
  await places[0].gateway.stop();
  await until('the loss in the log', () => /link to the gateway lost/.test(server.log));
  places[0].gateway = await startGateway(places[0]);
  await until('both workers to be back', () => (server.log.match(/link to the gateway restored/g) ?? []).length >= 2, 15);
  const before = places[0].gateway.log;
  await new Promise((resolve) => setTimeout(resolve, 4000)); // longer than the gateway waits for a silent business
  assert.equal((places[0].gateway.log.match(/business registered/g) ?? []).length, (before.match(/business registered/g) ?? []).length);
  const ada = await Person.join(places[0], 'zoe');
  ada.socket.raw('back');
  await ada.hears('zoe: back');
  ada.socket.ws.terminate();
});

test('on stop each worker unregisters before it closes', async () => {
  const seen = places.map(({ gateway }) => gateway.log.length);
  await server.stop();
  for (const [n, { gateway }] of places.entries()) {
    await until('two businesses to unregister', () => (gateway.log.slice(seen[n]).match(/business unregisters/g) ?? []).length === 2);
  }
});
