// A worker keeps its connections to Redis (phpredis) and Memcached from job to job, and no job sees state that another job
// has left in a connection.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { DatabaseJobs, MemcachedServer, RedisServer } from './lib/databases.js';

let app, jobs;
const request = (...steps) => jobs.request(...steps);
const event = (...steps) => jobs.event(...steps);
const start = async (env) => { jobs = await DatabaseJobs.start(app ??= await probeApp(), env); };
const stop = () => jobs?.stop();

describe('Redis', () => {
  let redis;
  before(async () => {
    redis = await RedisServer.start();
    const connection = { host: redis.socket, port: 0, database: 0 };
    await start({
      TEST_REDIS: JSON.stringify({
        client: 'phpredis',
        default: connection,
        cache: connection,
        packed: { ...connection, options: { serializer: 1, prefix: 'packed:' } },
        persistent: { ...connection, persistent: true },
        impatient: { ...connection, read_timeout: 0.2 },
      }),
      CACHE_STORE: 'redis',
      CACHE_PREFIX: '',
      SESSION_DRIVER: 'redis',
    });
  });
  after(async () => {
    await stop();
    await redis?.stop();
  });

  const session = ['redis', 'client', 'id'];
  // CLIENT ID counts as a change for the pool, so the server is asked: addresses do not identify connections, ids do.
  const sessions = () => redis.cli('client', 'list').split('\n').filter((line) => !/cmd=client/.test(line)).map((line) => /id=(\d+)/.exec(line)[1]);
  const get = ['redis', 'get', 'mark'];

  test('a connection is kept from job to job, request or event', async () => {
    await request(get);
    const kept = sessions();
    assert.equal(kept.length, 1);
    for (let n = 0; n < 5; n++) {
      await request(['redis', 'set', 'mark', `${n}`], ['laravel redis', 'incr', 'number']);
      assert.deepEqual(await event(get), [`${n}`]);
    }
    assert.deepEqual(sessions(), kept);
  });

  for (const [name, steps] of Object.entries({
    'a transaction that it ends': [['redis', 'multi'], ['redis', 'incr', 'number'], ['redis', 'exec']],
    'a transaction that it discards': [['redis', 'multi'], ['redis', 'incr', 'number'], ['redis', 'discard']],
    'a pipeline that it ends': [['redis', 'pipeline'], ['redis', 'incr', 'number'], ['redis', 'exec']],
    'a script that selects': [['redis', 'eval', "return redis.call('select', 3)"]],
    'raw commands': [['redis', 'rawCommand', 'INCR', 'number']],
    'an option that it puts back': [['redis option', 'SERIALIZER', 1], ['redis option', 'SERIALIZER', 0]],
    'a lock of the cache': [['cache', 'redis', 'put', 'mark', 'value', 60]],
  })) {
    test(`a job with ${name} keeps it`, async () => {
      await request(get, ['cache', 'redis', 'get', 'mark']);
      const kept = sessions();
      assert.doesNotMatch(JSON.stringify(await request(...steps)), /error/);
      await request(get);
      assert.deepEqual(sessions(), kept);
    });
  }

  for (const [kind, job] of Object.entries({ request: () => request, event: () => event })) {
    for (const [name, [steps, look = get]] of Object.entries({
      'another database': [[['redis', 'select', 3]]],
      'another database by a raw command': [[['redis', 'rawCommand', 'select', '3']]],
      'a watched key': [[['redis', 'watch', 'mark']]],
      'an open transaction': [[['redis', 'multi'], ['redis', 'set', 'mark', 'half']]],
      'an open transaction by a raw command': [[['redis', 'rawCommand', 'MULTI'], ['redis', 'rawCommand', 'SET', 'mark', 'half']]],
      'an open pipeline': [[['redis', 'pipeline'], ['redis', 'set', 'mark', 'half']]],
      'a prefix': [[['redis option', 'PREFIX', 'of a job:']]],
      'a serializer': [[['redis option', 'SERIALIZER', 1]]],
      'a read timeout': [[['redis option', 'READ_TIMEOUT', 7]], ['get redis option', 'READ_TIMEOUT']],
      'a name': [[['redis', 'client', 'setname', 'of a job']], ['redis', 'client', 'getname']],
      'a closed connection': [[['redis', 'close']]],
      'an open transaction and exit': [[['redis', 'multi'], ['redis', 'set', 'mark', 'half'], ['exit']]],
      'an open transaction and an exception': [[['redis', 'multi'], ['redis', 'set', 'mark', 'half'], ['throw']]],
    })) {
      test(`no job finds ${name} that ${kind === 'event' ? 'an' : 'a'} ${kind} has left`, async () => {
        redis.cli('set', 'mark', 'value');
        const found = await request(look);
        await job()(...steps);
        assert.deepEqual(await request(look), found);
        assert.deepEqual(await request(['redis', 'multi'], ['redis', 'incr', 'number'], ['redis', 'exec']).then((results) => results[2].length), 1);
        assert.equal(redis.cli('get', 'mark'), 'value');
      });
    }
  }

  test('no job finds a subscription that another has left', async () => {
    redis.cli('set', 'mark', 'value');
    assert.match(String(await request(['on', 'impatient'], ['leave subscription', 'channel'])), /error/);
    assert.deepEqual(await request(['on', 'impatient'], get), ['impatient', 'value']);
  });

  test('a transaction is not hindered by what another job has watched', async () => {
    await request(['redis', 'watch', 'mark']);
    redis.cli('set', 'mark', 'changed');
    const [, , results] = await request(['redis', 'multi'], ['redis', 'get', 'mark'], ['redis', 'exec']);
    assert.deepEqual(results, ['changed']);
  });

  test('a late reply is not taken for that of another command', async () => {
    redis.cli('del', 'list');
    redis.cli('set', 'mark', 'value');
    const [, failed] = await request(['on', 'impatient'], ['redis', 'blpop', ['list'], 1]);
    assert.match(String(failed), /error/);
    redis.cli('rpush', 'list', 'late');
    assert.deepEqual(await request(['on', 'impatient'], get), ['impatient', 'value']);
  });

  test('a connection that was ended is replaced, and all when the server has been restarted', async () => {
    const all = [get, ['on', 'cache'], get, ['on', 'packed'], get];
    await request(...all);
    redis.cli('client', 'kill', 'type', 'normal');
    assert.doesNotMatch(JSON.stringify(await request(...all)), /error/);
    await redis.restart();
    assert.doesNotMatch(JSON.stringify(await request(['redis', 'multi'], ['redis', 'incr', 'number'], ['redis', 'exec'])), /error/);
    assert.doesNotMatch(JSON.stringify(await request(...all)), /error/);
  });

  test('two connections with the same configuration share none', async () => {
    const [, first, , second] = (await request(['on', 'default'], session, ['on', 'cache'], session));
    assert.notEqual(first, second);
    const [, third, , fourth] = await request(['on', 'persistent'], session, ['on', 'default'], session);
    assert.notEqual(third, fourth);
  });

  test('a persistent connection of phpredis is one of the pool', async () => {
    const look = [['on', 'persistent'], get];
    redis.cli('set', 'mark', 'value');
    await request(...look);
    await request(['on', 'persistent'], ['redis', 'rawCommand', 'SELECT', '3']);
    assert.deepEqual(await request(...look), ['persistent', 'value']);
  });

  test('options of the configuration are those of each job', async () => {
    await request(['on', 'packed'], ['redis', 'set', 'mark', [1, 2]]);
    for (let n = 0; n < 2; n++) assert.deepEqual(await request(['on', 'packed'], get), ['packed', [1, 2]]);
    assert.match(redis.cli('get', 'packed:mark'), /^a:2:/);
  });

  test('the database is that of the configuration as it is in the job', async () => {
    redis.cli('set', 'mark', 'value');
    assert.deepEqual((await request(['config', 'database.redis.default.database', 5], ['forget', 'redis'], get))[2], false);
    assert.deepEqual(await request(get), ['value']);
  });

  test('cache, queue, broadcasts and sessions have kept connections', async () => {
    const all = async () => {
      assert.doesNotMatch(JSON.stringify(await request(['config', 'broadcasting.connections.redis', { driver: 'redis', connection: 'default' }], ['cache', 'redis', 'put', 'mark', 'value', 60], ['queue', '{"job":"one","attempts":0}'], ['broadcast'])), /error/);
      assert.deepEqual(await request(['cache', 'redis', 'get', 'mark'], ['queued'], ['cache', 'redis', 'forget', 'mark']).then(([value, job]) => [value, JSON.parse(job).job]), ['value', 'one']);
      assert.equal((await jobs.client.get('/oracle/session/count')).status, 200);
    };
    await all();
    const kept = sessions();
    await all();
    await all();
    assert.deepEqual(sessions(), kept);
  });

  test('a purge ends the connection, and the next command begins another', async () => {
    const [first, , second] = await request(session, ['purge redis'], session);
    assert.notEqual(first, second);
  });
});

describe('Memcached', () => {
  let memcached;
  before(async () => {
    memcached = await MemcachedServer.start();
    await start({ MEMCACHED_HOST: '127.0.0.1', MEMCACHED_PORT: String(memcached.port), MEMCACHED_PERSISTENT_ID: 'of the application', CACHE_STORE: 'memcached', CACHE_PREFIX: '' });
  });
  after(async () => {
    await stop();
    await memcached?.stop();
  });

  const get = ['cache', 'memcached', 'get', 'mark'];
  const put = (value) => request(['cache', 'memcached', 'put', 'mark', value, 60]);
  const connections = async () => Object.values((await request(['memcached', 'getStats']))[0])[0].total_connections;

  test('a connection is kept from job to job, request or event', async () => {
    await put('value');
    const first = await connections();
    for (let n = 0; n < 5; n++) {
      assert.deepEqual(await request(get), ['value']);
      assert.deepEqual(await event(get), ['value']);
    }
    assert.equal(await connections(), first);
  });

  for (const [name, steps] of Object.entries({
    'a prefix': [['memcached option', 'PREFIX_KEY', 'of a job:']],
    'a serializer': [['memcached option', 'SERIALIZER', 3]],
    'a list of servers': [['memcached', 'resetServerList']],
    'another server': [['memcached', 'addServer', '127.0.0.1', 1]],
    'a reply that it has not fetched': [['memcached', 'getDelayed', ['mark']]],
    'a closed connection': [['memcached', 'quit']],
    'an option and exit': [['memcached option', 'PREFIX_KEY', 'of a job:'], ['exit']],
  })) {
    for (const [kind, job] of Object.entries({ request: () => request, event: () => event })) {
      test(`no job finds ${name} that ${kind === 'event' ? 'an' : 'a'} ${kind} has left`, async () => {
        await put('value');
        const look = [get, ...['PREFIX_KEY', 'SERIALIZER'].map((option) => ['get memcached option', option]), ['memcached', 'getServerList']];
        const found = await request(...look);
        assert.equal(found[0], 'value');
        await job()(...steps);
        assert.deepEqual(await request(...look), found);
        assert.deepEqual(await put([1, 2]), [true]);
        assert.deepEqual(await request(get), [[1, 2]]);
      });
    }
  }

  test('a server that was restarted has a value for the next job', async () => {
    await put('value');
    await memcached.restart();
    assert.deepEqual(await put('new'), [true]);
    assert.deepEqual(await request(get), ['new']);
  });

  test('a server that is there again is used again', async () => {
    await memcached.stop();
    assert.deepEqual(await request(get), [null]);
    await memcached.start();
    assert.deepEqual(await put('new'), [true]);
  });
});
