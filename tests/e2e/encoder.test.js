// Every command of the netsvr protocol, encoded by PHP classes that protoc generates from proto/netsvr.proto at the time
// of the test, so that our two implementations cannot share a mistake.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from './lib/app.js';
import { Gateway } from './lib/gateway.js';
import { Socket } from './lib/socket.js';
import { freePort, sleep, temporaryFolder, until, within } from './lib/workspace.js';

const base64 = (text) => Buffer.from(text).toString('base64');

/** A business, in a PHP process. */
class PhpBusiness {
  #waiting = [];

  constructor(classes, port) {
    this.process = spawn('php', [join(root, 'tests/e2e/encoder/business.php'), classes, `127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.process.stdout }).on('line', (line) => this.#waiting.shift()(JSON.parse(line)));
  }

  async #order(order) {
    const answered = new Promise((resolve) => this.#waiting.push(resolve));
    this.process.stdin.write(`${JSON.stringify(order)}\n`);
    const answer = await within(10, 'PHP', answered);
    assert.equal(answer.error, undefined);
    return answer;
  }

  send(id, type, message) {
    return this.#order({ id, type, message });
  }

  async ask(id, type, message, reply) {
    const answer = await this.#order(type ? { id, type, message, reply } : { id, reply });
    assert.equal(answer.id, id);
    return answer.message;
  }

  async hear(id, type) {
    const heard = await this.#order({ reply: type });
    assert.equal(heard.id, id);
    return heard.message;
  }

  end() {
    this.process.stdin.end();
  }
}

let classes, gateway, worker, tasks, clients, ids;
const businesses = [];

before(async () => {
  classes = temporaryFolder();
  execFileSync('protoc', ['-I', join(root, 'proto'), `--php_out=${classes}`, 'netsvr.proto']);
  const [workerPort, taskPort] = [await freePort(), await freePort()];
  gateway = await Gateway.start({ loops: 2, flags: ['--netsvr-worker-listen', `127.0.0.1:${workerPort}`, '--netsvr-task-listen', `127.0.0.1:${taskPort}`] });
  gateway.address = Buffer.from([127, 0, 0, 1, taskPort >> 8, taskPort & 255]).toString('hex');
  businesses.push(worker = new PhpBusiness(classes, workerPort), tasks = new PhpBusiness(classes, taskPort));
  const { code, message, connId } = await worker.ask(900003001, 'RegisterReq', { events: 7 }, 'RegisterResp');
  assert.deepEqual([code ?? 0, message], [0, 'Success']);
  assert.match(connId, /^[0-9a-f]{32}$/);
  worker.link = connId;
  await sleep(250);  // without the name of a library, the first event comes 200 ms later
});

after(async () => {
  businesses.forEach((business) => business.end());
  await gateway.stop();
});

test('events', async () => {
  clients = [];
  ids = [];
  for (let i = 0; i < 3; i++) {
    clients.push(await Socket.open(gateway, `/chat?token=${i}`, { headers: { 'X-Forwarded-For': '1.2.3.4', 'X-Real-IP': '5.6.7.8' } }));
    const { uniqId, ...open } = await worker.hear(900001001, 'ConnOpen');
    assert.deepEqual(open, { rawQuery: `token=${i}`, xForwardedFor: '1.2.3.4', xRealIp: '5.6.7.8', remoteAddr: '127.0.0.1' });
    assert.match(uniqId, /^[0-9a-f]{28}$/);
    assert.equal(uniqId.slice(0, 12), gateway.address);
    ids.push(uniqId);
  }
  clients[0].raw('hello');
  assert.deepEqual(await worker.hear(900001003, 'Transfer'), { uniqId: ids[0], data: base64('hello') });
});

test('commands for one connection', async () => {
  const [a, b] = ids;
  await tasks.send(900002001, 'ConnInfoUpdate', { uniqId: a, newSession: 's', newCustomerId: 'u', newTopics: ['x', 'y'], data: base64('updated') });
  assert.equal(await clients[0].next(), 'updated');
  assert.deepEqual(await tasks.ask(900003015, 'ConnInfoReq', { uniqIds: [a, 'none'], reqSession: true, reqCustomerId: true, reqTopic: true }, 'ConnInfoResp'),
    { items: { [a]: { session: 's', customerId: 'u', topics: ['x', 'y'] } } });
  clients[0].raw('again');
  assert.deepEqual(await worker.hear(900001003, 'Transfer'), { uniqId: a, customerId: 'u', session: 's', topics: ['x', 'y'], data: base64('again') });

  await tasks.send(900002002, 'ConnInfoDelete', { uniqId: a, delSession: true, delTopic: true, data: base64('deleted') });
  assert.equal(await clients[0].next(), 'deleted');
  assert.deepEqual(await tasks.ask(900003015, 'ConnInfoReq', { uniqIds: [a], reqSession: true, reqCustomerId: true, reqTopic: true }, 'ConnInfoResp'),
    { items: { [a]: { customerId: 'u' } } });

  await tasks.send(900002010, 'TopicSubscribe', { uniqId: a, topics: ['x', 'z'], data: base64('subscribed') });
  assert.equal(await clients[0].next(), 'subscribed');
  await tasks.send(900002011, 'TopicUnsubscribe', { uniqId: a, topics: ['z'], data: base64('unsubscribed') });
  assert.equal(await clients[0].next(), 'unsubscribed');
  await tasks.send(900002010, 'TopicSubscribe', { uniqId: b, topics: ['x', 'only-b'] });
  await tasks.send(900002001, 'ConnInfoUpdate', { uniqId: b, newCustomerId: 'u' });
});

test('casts', async () => {
  const [a, b, c] = ids;
  const casts = [
    [900002003, 'Broadcast', { data: base64('1') }, ['1'], ['1'], ['1']],
    [900002004, 'Multicast', { uniqIds: [a, c, a], data: base64('2') }, ['2', '2'], [], ['2']],
    [900002005, 'MulticastByCustomerId', { customerIds: ['u', 'u'], data: base64('3') }, ['3'], ['3'], []],
    [900002006, 'SingleCast', { uniqId: c, data: base64('4') }, [], [], ['4']],
    [900002007, 'SingleCastBulk', { uniqIds: [a], data: [base64('5'), base64('6')] }, ['5', '6'], [], []],
    [900002007, 'SingleCastBulk', { uniqIds: [a, b], data: [base64('7'), base64('8')] }, ['7'], ['8'], []],
    [900002008, 'SingleCastByCustomerId', { customerId: 'u', data: base64('9') }, ['9'], ['9'], []],
    [900002009, 'SingleCastBulkByCustomerId', { customerIds: ['u'], data: [base64('10'), base64('11')] }, ['10', '11'], ['10', '11'], []],
    [900002013, 'TopicPublish', { topics: ['x', 'only-b'], data: base64('12') }, ['12'], ['12', '12'], []],
    [900002014, 'TopicPublishBulk', { topics: ['x', 'only-b'], data: [base64('13'), base64('14')] }, ['13'], ['13', '14'], []],
    [900002003, 'Broadcast', { data: base64('15'), except: [a], dataType: 'BINARY' }, [], [Buffer.from('15')], [Buffer.from('15')]],
  ];
  for (const [id, type, message, ...expected] of casts) {
    const before = clients.map((client) => client.messages.length);
    await tasks.send(id, type, message);
    const got = () => clients.map((client, i) => client.messages.slice(before[i]));
    await until(type, () => got().every((messages, i) => messages.length >= expected[i].length));
    assert.deepEqual(got(), expected, type);
  }
});

test('queries', async () => {
  const [a, b, c] = ids;
  const sorted = (list) => [...list].sort();
  assert.deepEqual(await tasks.ask(900003003, 'CheckOnlineReq', { uniqIds: [c, 'none', a, a] }, 'CheckOnlineResp'), { uniqIds: [c, a, a] });
  assert.deepEqual(await tasks.ask(900003004, null, null, 'CustomerIdListResp'), { customerIds: ['u'] });
  assert.deepEqual(await tasks.ask(900003005, null, null, 'CustomerIdCountResp'), { count: 1 });
  assert.deepEqual(sorted((await tasks.ask(900003006, null, null, 'UniqIdListResp')).uniqIds), sorted(ids));
  assert.deepEqual(await tasks.ask(900003007, null, null, 'UniqIdCountResp'), { count: 3 });
  assert.deepEqual(sorted((await tasks.ask(900003008, null, null, 'TopicListResp')).topics), ['only-b', 'x']);
  assert.deepEqual(await tasks.ask(900003009, null, null, 'TopicCountResp'), { count: 2 });
  const list = await tasks.ask(900003010, 'TopicUniqIdListReq', { topics: ['x', 'none'] }, 'TopicUniqIdListResp');
  assert.deepEqual(Object.keys(list.items), ['x']);
  assert.deepEqual(sorted(list.items.x.uniqIds), sorted([a, b]));
  assert.deepEqual(await tasks.ask(900003011, 'TopicUniqIdCountReq', { countAll: true }, 'TopicUniqIdCountResp'), { items: { x: 2, 'only-b': 1 } });
  assert.deepEqual(await tasks.ask(900003012, 'TopicCustomerIdListReq', { topics: ['x'] }, 'TopicCustomerIdListResp'), { items: { x: { customerIds: ['u'] } } });
  const nested = await tasks.ask(900003013, 'TopicCustomerIdToUniqIdsListReq', { topics: ['only-b'] }, 'TopicCustomerIdToUniqIdsListResp');
  assert.deepEqual(sorted(nested.items['only-b'].items.u.uniqIds), sorted([a, b]));
  assert.deepEqual(await tasks.ask(900003014, 'TopicCustomerIdCountReq', { topics: ['x', 'none'] }, 'TopicCustomerIdCountResp'), { items: { x: 1 } });
  const infos = await tasks.ask(900003016, 'ConnInfoByCustomerIdReq', { customerIds: ['u'], reqUniqId: true, reqTopic: true }, 'ConnInfoByCustomerIdResp');
  assert.deepEqual(infos.items.u.items.map(({ uniqId }) => uniqId).sort(), sorted([a, b]));
  await tasks.ask(900003017, null, null, 'MetricsResp');
  assert.deepEqual(await tasks.ask(900003018, 'LimitReq', {}, 'LimitResp'), {});
});

test('closes, and the ends of things', async () => {
  const [a, b, c] = ids;
  await tasks.send(900002012, 'TopicDelete', { topics: ['x', 'only-b'], data: base64('gone') });
  for (const i of [0, 1]) await until('the last word of the topic', () => clients[i].messages.at(-1) === 'gone');
  assert.deepEqual(await tasks.ask(900003009, null, null, 'TopicCountResp'), {});

  await tasks.send(900002017, 'ForceOfflineGuest', { uniqIds: [a, c], data: base64('guest') });
  assert.deepEqual(await clients[2].closed, { code: 1008, reason: 'forceOfflineGuest' });
  assert.equal(clients[2].messages.at(-1), 'guest');
  assert.deepEqual(await worker.hear(900001002, 'ConnClose'), { uniqId: c, code: 1008, reason: 'forceOfflineGuest' });

  await tasks.send(900002015, 'ForceOffline', { uniqIds: [a], data: base64('bye') });
  assert.deepEqual(await tasks.ask(900003003, 'CheckOnlineReq', { uniqIds: [a] }, 'CheckOnlineResp'), {});
  assert.deepEqual(await clients[0].closed, { code: 1008, reason: 'forceOffline' });
  await tasks.send(900002016, 'ForceOfflineByCustomerId', { customerIds: ['u'] });
  assert.deepEqual(await clients[1].closed, { code: 1008, reason: 'forceOfflineByCustomerId' });
  assert.equal((await worker.hear(900001002, 'ConnClose')).uniqId, a);
  assert.equal((await worker.hear(900001002, 'ConnClose')).uniqId, b);

  assert.deepEqual(await tasks.ask(900003002, 'UnRegisterReq', { connId: worker.link }, 'UnRegisterResp'), {});
});
