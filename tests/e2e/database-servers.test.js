// A worker keeps its sessions with MariaDB and PostgreSQL from job to job, and no job sees state that another has left.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { probeApp } from './lib/app.js';
import { DatabaseJobs, MariaDb, PostgreSql } from './lib/databases.js';
import { until } from './lib/workspace.js';

const half = ['exec', "insert into things values ('half')"];

const kinds = [
  {
    Kind: MariaDb,
    session: 'select connection_id()',
    prepare: `create procedure mark() set @mark = 1;
      create procedure begin_one() start transaction;`,
    transactions: 'select count(*) from information_schema.innodb_trx',
    used: "update things set name = name; alter table things comment 'altered'",
    // Changes that a job leaves, and the state that must be as before.
    leaves: {
      'a user variable': [[['exec', 'SET @mark = 1']], 'select @mark'],
      'a user variable of a query': [[['query', 'select @mark := 1']], 'select @mark'],
      'a user variable that a query selects into': [[['exec', 'select 1 into @mark']], 'select @mark'],
      'a user variable set by a prepared statement': [[['prepare', 'SET @mark = 1']], 'select @mark'],
      'a user variable set by a comment for MariaDB': [[['exec', '/*!50000 SET @mark = 1 */']], 'select @mark'],
      'a user variable of a second statement': [[['unprepared', 'select 1; set @mark = 1']], 'select @mark'],
      'a user variable of a procedure': [[['statement', 'CALL mark()']], 'select @mark'],
      'a user variable of a block': [[['exec', 'BEGIN NOT ATOMIC SET @mark = 1; END']], 'select @mark'],
      'an SQL mode': [[['statement', "SET SESSION sql_mode = ''"]], 'select @@sql_mode'],
      'a time zone': [[['statement', "SET time_zone = '+05:00'"]], 'select @@time_zone'],
      'a character set': [[['statement', 'SET NAMES latin1']], 'select @@character_set_client'],
      'an isolation level': [[['statement', 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE']], 'select @@tx_isolation'],
      'autocommit': [[['statement', 'SET autocommit = 0'], half], 'select @@autocommit'],
      'autocommit as an attribute': [[['attribute', 'ATTR_AUTOCOMMIT', 0], half], 'select @@autocommit'],
      'another database': [[['exec', 'USE tenant']], 'select database()'],
      'a lock by name': [[['query', "select get_lock('mark', 0)"]], "select is_used_lock('mark')"],
      'a lock of tables': [[['exec', 'LOCK TABLES things WRITE']], 'select count(*) from things'],
      'a lock of all': [[['exec', 'FLUSH TABLES WITH READ LOCK']], 'select count(*) from things'],
      'a backup stage': [[['exec', 'BACKUP STAGE START']], 'select count(*) from things'],
      'a temporary table': [[['exec', 'CREATE TEMPORARY TABLE mark AS select 1 AS a']], 'select a from mark'],
      'another temporary table': [[['exec', 'create or replace /* one */ temporary table mark as select 1 as a']], 'select a from mark'],
      'a prepared statement': [[['exec', "PREPARE mark FROM 'select 1'"]], 'execute mark'],
      'an open handler': [[['exec', 'HANDLER things OPEN AS mark']], 'handler mark read first'],
      'a transaction of a procedure': [[['exec', 'CALL begin_one()'], half], 'select count(*) from things'],
      'a transaction after a comment': [[['exec', '# here\n-- it is\n/* really */ START TRANSACTION'], half], 'select count(*) from things'],
      'a chained transaction': [[['begin'], half, ['exec', 'ROLLBACK AND CHAIN'], half], 'select count(*) from things'],
    },
  },
  {
    Kind: PostgreSql,
    session: 'select pg_backend_pid()',
    prepare: `create procedure mark() language sql as $$ select set_config('app.mark', '1', false) $$;
      create sequence numbers;`,
    transactions: "select count(*) from pg_stat_activity where state like 'idle in transaction%'",
    used: "update things set name = name; alter table things add other int; alter table things drop other",
    leaves: {
      'a setting': [[['exec', "SET app.mark = '1'"]], "select current_setting('app.mark', true)"],
      'a setting of a function': [[['query', "select set_config('app.mark', '1', false)"]], "select current_setting('app.mark', true)"],
      'a setting of a procedure': [[['statement', 'CALL mark()']], "select current_setting('app.mark', true)"],
      'a setting of a block': [[['exec', "DO $$ begin perform set_config('app.mark', '1', false); end $$"]], "select current_setting('app.mark', true)"],
      'a setting of a second statement': [[['unprepared', "select 1; set app.mark = '1'"]], "select current_setting('app.mark', true)"],
      'a search path': [[['statement', 'SET search_path TO pg_catalog']], 'show search_path'],
      'a time zone': [[['statement', "SET TIME ZONE 'Asia/Tokyo'"]], 'show time zone'],
      'a role': [[['statement', 'SET ROLE pg_monitor']], 'select current_user'],
      'a reset setting': [[['statement', 'RESET search_path']], 'show search_path'],
      'discarded settings': [[['statement', 'DISCARD ALL']], 'show search_path'],
      'an encoding': [[['statement', "SET client_encoding TO 'LATIN1'"]], 'show client_encoding'],
      'an advisory lock': [[['query', 'select pg_advisory_lock(7)']], "select count(*) from pg_locks where locktype = 'advisory'"],
      'a shared advisory lock': [[['query', 'select pg_try_advisory_lock_shared(7)']], "select count(*) from pg_locks where locktype = 'advisory'"],
      'a channel': [[['exec', 'LISTEN mark']], 'select count(*) from pg_listening_channels()'],
      'a temporary table': [[['exec', 'CREATE TEMP TABLE mark AS select 1 AS a']], 'select a from mark'],
      'a temporary table of a query': [[['exec', 'select 1 as a\ninto\ttemporary mark']], 'select a from mark'],
      'a temporary table of a schema': [[['exec', 'create table "pg_temp"."mark" (a int)']], 'select count(*) from mark'],
      'a temporary view': [[['exec', 'create or replace temporary view mark as select 1 as a']], 'select a from mark'],
      'a prepared statement': [[['exec', 'PREPARE mark AS select 1']], 'execute mark'],
      'a cursor': [[['exec', 'DECLARE mark CURSOR WITH HOLD FOR select 1']], 'fetch mark'],
      'a lock of a table': [[['exec', 'BEGIN'], ['exec', 'LOCK TABLE things']], 'select count(*) from things'],
      'a failed transaction': [[['begin'], half, ['exec', 'select no_such_column']], 'select count(*) from things'],
    },
  },
];

for (const { Kind, session, prepare, transactions, used, leaves } of kinds) {
  describe(Kind.name, () => {
    let database, jobs;
    const request = (...steps) => jobs.request(...steps);
    const event = (...steps) => jobs.event(...steps);
    const scalar = async (sql) => (await request(['scalar', sql]))[0];
    const identity = () => scalar(session);
    const idle = () => until('an idle worker', async () => {
      const workers = await jobs.server.processes('worker');
      return workers.length === 1 && workers[0].state === 'idle';
    });

    before(async () => {
      database = await Kind.start();
      const key = Kind === MariaDb ? '`key`' : 'key';
      database.sql(`create table things (name varchar(50)); ${prepare}
        create table cache (${key} varchar(255) primary key, value text, expiration int);`);
      const connection = database.connection;
      const connections = {
        main: connection,
        twin: connection,
        persistent: { ...connection, options: { 12: true } },
        split: { ...connection, sticky: true, read: { ...connection, [Kind === MariaDb ? 'timezone' : 'application_name']: Kind === MariaDb ? '+03:00' : 'reader' }, write: {} },
      };
      const app = await probeApp();
      app.edit('app/Providers/AppServiceProvider.php', 'public function boot(): void\n    {', `public function boot(): void
    {
        $this->app->instance('connection of boot', DB::connection());
        DB::select('select 1');
        Event::listen(WorkerStarting::class, function (): void {
            $this->app->instance('connection of a listener', tap(DB::connection('twin'))->select('select 1'));
        });`);
      app.edit('app/Providers/AppServiceProvider.php', 'use Illuminate', 'use Illuminate\\Support\\Facades\\DB;\nuse Illuminate\\Support\\Facades\\Event;\nuse Laraman\\Events\\WorkerStarting;\nuse Illuminate');
      jobs = await DatabaseJobs.start(app, { TEST_CONNECTIONS: JSON.stringify(connections), DB_CONNECTION: 'main', CACHE_STORE: 'database', CACHE_PREFIX: '', SESSION_DRIVER: 'database' });
    });
    after(async () => {
      await jobs?.stop();
      await database?.stop();
    });

    test('a session is kept from job to job, request or event', async () => {
      const id = await identity();
      for (let n = 0; n < 5; n++) {
        assert.equal(await identity(), id);
        assert.deepEqual(await event(['scalar', session]), [id]);
      }
    });

    for (const [name, steps] of Object.entries({
      'writes': [['statement', "insert into things values ('one')"], ['statement', 'delete from things']],
      'a transaction': [['begin'], half, ['commit'], ['statement', 'delete from things']],
      'nested transactions': [['begin'], ['begin'], half, ['commit'], ['commit'], ['statement', 'delete from things']],
      'a transaction that it leaves open': [['begin'], half],
      'a nested transaction that it leaves open': [['begin'], ['begin'], half],
      'a statement that it has prepared': [['prepare', 'select 1']],
      'rows that nobody has read': [['first of', 'select 1 union all select 2 union all select 3']],
      'results that nobody has read': Kind === MariaDb ? [['first of', 'select 1; select 2; select 3']] : [['exec', 'select 1; select 2']],
      'an error': [['exec', 'select no_such_column']],
    })) {
      test(`a job with ${name} keeps it`, async () => {
        const id = await identity();
        await request(...steps);
        assert.deepEqual(await request(['scalar', session], ['scalar', 'select count(*) from things'], ['level']), [id, 0, 0]);
      });
    }

    for (const [kind, job] of Object.entries({ request: () => request, event: () => event })) {
      for (const [name, [steps, look]] of Object.entries(leaves)) {
        test(`no job finds ${name} that ${kind === 'event' ? 'an' : 'a'} ${kind} has left`, async () => {
          const found = await request(['scalar', look]);
          await job()(...steps);
          // The server notices the end of a session with a delay.
          await until(`what was there before: ${found}`, async () => isDeepStrictEqual(await request(['scalar', look]), found));
          database.sql(used);
          assert.equal(database.sql('select count(*) from things'), '0');
        });
      }
    }

    for (const [name, begin] of Object.entries({
      'a transaction of Laravel': [['begin'], half],
      'a raw transaction': [['exec', 'BEGIN'], half],
      'a raw transaction and a savepoint': [['exec', 'BEGIN'], ['exec', 'SAVEPOINT mark'], half],
      'a raw transaction that it has prepared': [['prepare', Kind === MariaDb ? 'START TRANSACTION' : 'BEGIN'], half],
    })) {
      for (const [end, last, answer] of [
        ['', [], null], [' by exit', [['exit']], 'exited'], [' by an exception', [['throw']], 500], [' by a fatal error', [['fatal']], 500],
        [' while garbage holds its connection', [['keep']], null], [' while garbage holds its session', [['keep pdo']], null],
        [' after it has purged the connection', [['keep'], ['purge']], null],
        [' after it has purged the connection whose session garbage holds', [['keep pdo'], ['purge']], null],
      ]) {
        test(`a job that ends${end} within ${name} leaves no lock`, async () => {
          const [first, second] = await request(...begin, ...last);
          if (answer === 500) assert.equal(first, 500);
          if (answer === 'exited') assert.deepEqual([first, second], [200, 'exited']);
          await until('no transaction', () => database.sql(transactions) === '0');
          database.sql(used);
          assert.equal(database.sql('select count(*) from things'), '0');
          await idle();
          assert.equal(await scalar('select count(*) from things'), 0);
        });
      }
    }

    test('an event that ends by exit, an exception or a fatal error leaves no lock', async () => {
      for (const end of ['exit', 'throw', 'fatal']) {
        await event(['exec', 'BEGIN'], half, [end]);
        await until('no transaction', () => database.sql(transactions) === '0');
        database.sql(used);
        await idle();
      }
      await jobs.openSocket();
    });

    test('a session that was ended is replaced', async () => {
      for (const look of [['scalar', session], ['query', session], ['begin']]) {
        const id = await identity();
        database.end(id);
        const [found] = await request(look, ['exec', 'ROLLBACK']);
        assert.doesNotMatch(String(found), /error/);
        assert.notEqual(await identity(), id);
      }
    });

    test('all sessions are replaced when the server has been restarted', async () => {
      const both = [['scalar', session], ['on', 'twin'], ['query', session]];
      assert.equal(new Set((await request(...both)).flat(2)).size, 3);
      await database.restart();
      for (let n = 0; n < 2; n++) assert.doesNotMatch(JSON.stringify(await request(...both)), /error/);
    });

    test('two connections with the same configuration share no session', async () => {
      const results = await request(['scalar', session], ['on', 'twin'], ['scalar', session]);
      assert.notEqual(results[0], results[2]);
      assert.deepEqual(new Set(await request(['scalar', session], ['on', 'twin'], ['scalar', session])), new Set(results));
    });

    test('a persistent connection of PDO is one of the pool', async () => {
      const [, id, , second] = await request(['on', 'persistent'], ['scalar', session], ['config', 'database.connections.another', { ...database.connection, options: { 12: true } }], ['on', 'another'], ['scalar', session]).then((all) => [all[0], all[1], all[3], all[4]]);
      assert.notEqual(id, second);
      assert.equal((await request(['on', 'persistent'], ['scalar', session]))[1], id);
      await request(['on', 'persistent'], ['exec', 'BEGIN'], half);
      database.sql(used);
      assert.notEqual((await request(['on', 'persistent'], ['scalar', session]))[1], id);
    });

    test('the database is that of the configuration as it is in the job', async () => {
      const name = Kind === MariaDb ? 'select database()' : 'select current_database()';
      const tenant = [['config', 'database.connections.main.database', 'tenant'], ['purge'], ['scalar', name], ['scalar', session]];
      const [, , first, id] = await request(...tenant);
      assert.equal(first, 'tenant');
      assert.equal(await scalar(name), 'app');
      assert.deepEqual((await request(...tenant)).slice(2), ['tenant', id], 'its session is kept, too');
      assert.equal(await scalar(name), 'app');
    });

    test('a cache in the database is in the transaction of its job', async () => {
      const put = ['cache', 'database', 'put', 'mark', 'value', 60];
      const id = await identity();
      const steps = [['begin'], ['statement', "insert into things values ('kept')"], put, ['scalar', 'select count(*) from things'], ['scalar', session]];
      assert.deepEqual((await request(...steps, ['commit'])).slice(3), [1, id, null]);
      assert.equal(database.sql('select count(*) from things'), '1');
      assert.equal(database.sql('select count(*) from cache'), '1');
      await request(['statement', 'delete from things'], ['statement', 'delete from cache']);
      await request(...steps);
      assert.equal(database.sql('select count(*) from cache'), '0');
    });

    test('what has got a connection while booting has that of each job', async () => {
      const id = await identity();
      const look = [['scalar', session], ['of', 'boot', 'scalar', session]];
      assert.deepEqual(await request(...look), [id, id]);
      assert.deepEqual(await request(...look.toReversed()), [id, id]);
      assert.deepEqual(await request(['of', 'boot', 'beginTransaction'], half, ['of', 'boot', 'statement', "insert into things values ('half')"], ['level']), [null, 1, true, 1]);
      assert.deepEqual(await request(['of', 'boot', 'transactionLevel'], ['of', 'boot', 'scalar', 'select count(*) from things'], ['scalar', session]), [0, 0, id]);
      await request(['of', 'boot', 'unprepared', 'BEGIN'], half, ['exit']);
      database.sql(used);
    });

    test("a listener's connection has a session to itself, and keeps it", async () => {
      const look = [['of', 'a listener', 'scalar', session], ['on', 'twin'], ['scalar', session]];
      const [own, , ofJob] = await request(...look);
      assert.notEqual(own, ofJob);
      for (let n = 0; n < 3; n++) assert.deepEqual(await request(...look), [own, 'twin', ofJob]);
      database.end(own);
      assert.doesNotMatch(JSON.stringify(await request(['of', 'a listener', 'scalar', session], ['on', 'twin'], ['scalar', session])), /error/);
    });

    test('a purge ends the session, and the next query begins another', async () => {
      const [first, , second] = await request(['scalar', session], ['purge'], ['scalar', session]);
      assert.notEqual(first, second);
      assert.equal(await identity(), second);
    });

    test('reading and writing have sessions of their own, and sticky is for one job', async () => {
      const look = [['on', 'split'], ['scalar', session], ['write scalar', session]];
      const [, reader, writer] = await request(...look);
      assert.notEqual(reader, writer);
      assert.deepEqual((await request(...look)).slice(1), [reader, writer]);
      const [, , after] = await request(['on', 'split'], ['statement', 'delete from things'], ['scalar', session]);
      assert.equal(after, writer, 'sticky');
      assert.deepEqual((await request(...look)).slice(1), [reader, writer]);
    });
  });
}
