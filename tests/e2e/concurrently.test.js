// Octane::concurrently(): each task has its own sandbox, in another worker or in a child process of the caller's worker.
// Both behave the same: visible state, failures and time-outs.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { MariaDb, PostgreSql, RedisServer } from './lib/databases.js';
import { addOctane, octane } from './lib/octane.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { until } from './lib/workspace.js';

async function application() {
  const app = await probeApp();
  app.edit('bootstrap/providers.php', 'return [', 'return [\n    App\\Providers\\TaskProbe::class,');
  addOctane(app);
  app.write('app/Providers/TaskProbe.php', `<?php
namespace App\\Providers;
use Illuminate\\Support\\Facades\\{Auth, DB, Route, Schema};
use Laravel\\Octane\\Contracts\\DispatchesTasks;
use Laravel\\Octane\\Facades\\Octane;
final class Seen
{
    public static string $by = 'nobody';
    public static function all(): array
    {
        return [
            'user' => Auth::user()?->name, 'locale' => app()->getLocale(), 'name' => config('app.name'), 'bound' => app()->bound('callers'),
            'static' => self::$by, 'level' => DB::transactionLevel(), 'ini' => ini_get('precision'), 'environment' => getenv('CALLER'),
            'handler' => get_debug_type(set_error_handler(null)), 'global' => $GLOBALS['callers'] ?? null, 'buffers' => ob_get_level(),
            'session' => session('mark'), 'native' => $_SESSION['mark'] ?? null, 'query' => $_GET['mark'] ?? null, 'directory' => getcwd() === public_path(),
            'shared' => view()->shared('mark'),
        ];
    }
    public static function change(string $by): void
    {
        Auth::setUser((new \\App\\Models\\User)->forceFill(['name' => $by]));
        app()->setLocale('de');
        config(['app.name' => $by]);
        app()->instance('callers', $by);
        self::$by = $by;
        DB::beginTransaction();
        ini_set('precision', '5');
        putenv('CALLER='.$by);
        set_error_handler(self::handler(...));
        $GLOBALS['callers'] = $by;
        session(['mark' => $by]);
        view()->share('mark', $by);
        chdir('/');
    }
    public static function handler(): bool { return false; }
}
final class TaskProbe extends \\Illuminate\\Support\\ServiceProvider
{
    public function boot(): void
    {
        Route::middleware('web')->get('/tasks/clean', static function () {
            session_id('callers');
            session_start();
            $_SESSION['mark'] = 'caller';
            ob_start();
            echo 'printed by the caller';
            Seen::change('caller');
            $mine = Seen::all();
            set_error_handler(Seen::handler(...));
            $tasks = [];
            foreach (['a', 'b', 'c'] as $name) $tasks[$name] = static function () use ($name) {
                $seen = Seen::all();
                echo "printed by $name";
                Seen::change($name);
                return [$seen, mt_rand()];
            };
            mt_srand(1);
            $results = Octane::concurrently($tasks);
            $now = Seen::all();
            DB::rollBack();
            $native = session_status() === PHP_SESSION_ACTIVE;
            session_destroy();
            return ['before' => $mine, 'after' => $now, 'seen' => array_column($results, 0), 'keys' => array_keys($results), 'random' => array_column($results, 1),
                'output' => ob_get_clean(), 'native' => $native];
        });
        // A task that starts itself recursively, without end.
        Route::get('/tasks/endless', static function () use (&$fail) {
            $task = static function (int $depth = 0) use (&$task) {
                return Octane::concurrently([
                    $task,
                ]);
            };
            return $fail([$task]);
        });
        Route::get('/tasks/plain', static fn () => Seen::all());
        Route::get('/tasks/database', static function () {
            Schema::dropIfExists('notes');
            Schema::create('notes', static fn ($table) => $table->string('text'));
            DB::table('notes')->insert(['text' => 'before']);
            $count = static fn () => DB::table('notes')->count();
            $counts = Octane::concurrently([$count, $count, $count]);
            $added = DB::transaction(static function () use ($count) {
                $inner = Octane::concurrently([$count, $count]);
                DB::table('notes')->insert(['text' => 'caller']);
                return $inner;
            });
            Octane::concurrently([static function () { DB::beginTransaction(); DB::table('notes')->insert(['text' => 'left open']); }]);
            Octane::concurrently([static fn () => DB::table('notes')->insert(['text' => 'task'])]);
            return [$counts, $added, DB::table('notes')->pluck('text')];
        });
        Route::get('/tasks/sessions/{name}', static function (string $name) {
            $id = ['maria' => 'select connection_id() as id', 'pg' => 'select pg_backend_pid() as id'][$name];
            $db = DB::connection($name);
            $redis = static fn () => \\Illuminate\\Support\\Facades\\Redis::connection();
            $session = static fn () => DB::connection($name)->selectOne($id)->id;
            $db->statement('create table if not exists notes (text varchar(20))');
            $db->table('notes')->truncate();
            $redis()->set('mark', 'of the caller');
            $mine = $session();
            [$others, $counts] = $db->transaction(static function () use ($db, $name, $id, $redis) {
                $db->table('notes')->insert(['text' => 'not committed']);
                $results = Octane::concurrently([
                    static fn () => [DB::connection($name)->selectOne($id)->id, DB::connection($name)->table('notes')->count()],
                    static function () use ($name, $id) {
                        DB::connection($name)->beginTransaction();
                        return [DB::connection($name)->selectOne($id)->id, DB::connection($name)->table('notes')->count()];
                    },
                    static fn () => [\\Illuminate\\Support\\Facades\\Redis::connection()->get('mark'), 0],
                ]);
                return [array_column($results, 0), array_column($results, 1)];
            });
            return [$mine === $session(), in_array($mine, $others, true), $others[2], $counts, $db->table('notes')->pluck('text'), $redis()->get('mark')];
        });
        $fail = static function (array $tasks, int $wait = 3000): array {
            $began = microtime(true);
            try {
                return ['returned', Octane::concurrently($tasks, $wait), 0];
            } catch (\\Throwable $e) {
                return [class_basename($e), $e->getMessage(), microtime(true) - $began];
            }
        };
        foreach ([
            'throw' => static fn () => throw new \\LogicException('thrown'),
            'exit' => static fn () => exit('printed'),
            'dd' => static fn () => dd('dumped'),
            'fatal' => static fn () => eval('class TaskProbe {} class TaskProbe {}'),
            'memory' => static fn () => str_repeat('x', 1 << 40),
            'killed' => static fn () => posix_kill(getmypid(), SIGKILL),
            'result' => static function () {
                return static fn () => 1;
            },
            'sleep' => static fn () => sleep(20),
            'loop' => static function () { while (true); },
        ] as $name => $task) {
            // A failing task alone, and together with a working task.
            Route::get("/tasks/fail/$name", static fn () => $fail([$task], 1000));
            Route::get("/tasks/fail-beside/$name", static fn () => $fail([
                static fn () => 1,
                $task,
            ], 1000));
        }
        Route::get('/tasks/many', static function () {
            $tasks = [];
            for ($n = 0; $n < 40; $n++) $tasks[] = static fn () => $n;
            $large = Octane::concurrently([
                static fn () => str_repeat('x', 3_000_000),
            ]);
            return [Octane::concurrently($tasks), Octane::concurrently([]), strlen($large[0])];
        });
        Route::get('/tasks/nested', static fn () => Octane::concurrently([
            static fn () => Octane::concurrently([
                static fn () => 'inner',
            ])[0],
        ]));
        Route::get('/tasks/dispatch/{name}', static fn (string $name) => app(DispatchesTasks::class)->dispatch([
            static fn () => file_put_contents(storage_path("$name-1"), (string) getmypid()),
            static function () use ($name) { usleep(300_000); file_put_contents(storage_path("$name-2"), (string) getmypid()); },
        ]));
        Route::get('/tasks/send', static fn () => Octane::concurrently([
            static function () { \\Laraman\\Facades\\Gateway::all()->raw('first'); },
            static function () { count(\\Laraman\\Facades\\Gateway::channels()) === 0 && \\Laraman\\Facades\\Gateway::all()->raw('second'); },
        ]));
        Route::post('/tasks/upload', static function (\\Illuminate\\Http\\Request $request) {
            Octane::concurrently([static fn () => 1, static fn () => 2]);
            return [file_get_contents($request->file('file')->getRealPath())];
        })->withoutMiddleware('*');
        Route::get('/tasks/pids', static fn () => [getmypid(), ...Octane::concurrently([
            static fn () => getmypid(),
            static fn () => posix_getpid(),
        ])]);
    }
}
`);
  return app;
}

const NO_RESULT = 'The task ended with a fatal error, which is in the log, and has no result.';
const failures = {
  throw: ['TaskException', 'thrown'],
  exit: ['TaskException', 'The task has called exit, and has no result.'],
  dd: ['TaskException', 'The task has called exit, and has no result.'],
  fatal: ['TaskException', NO_RESULT],
  memory: ['TaskException', NO_RESULT],
  killed: ['TaskException', NO_RESULT],
  result: ['TaskException', "Serialization of 'Closure' is not allowed"],
  sleep: ['TaskTimeoutException', /./],
  loop: ['TaskTimeoutException', /./],
};

for (const workers of [1, 2]) {
  describe(`tasks of concurrently() with ${workers} of workers`, { skip: octane ? false : 'laravel/octane is not installed' }, () => {
    let app, server, client;
    before(async () => {
      app = await application();
      server = await Server.start(app, { workers });
      client = server.client();
    });
    after(() => server?.stop());

    const idle = () => until('all to be idle', async () => (await server.processes('worker')).filter(({ state }) => state === 'idle').length === workers);
    const get = async (path) => {
      const { status, body } = await client.get(`/tasks/${path}`);
      assert.equal(status, 200, status === 200 ? "" : app.laravelLog.slice(-600) + server.log.slice(-1500));
      return JSON.parse(body || 'null');
    };

    test('a task sees nothing of its caller, nor the caller of the task', async () => {
      await client.get('/log-in/ada');
      await idle();
      const plain = await get('plain');
      const { before: mine, after: now, seen, keys, random, output, native } = await get('clean?mark=query');
      assert.equal(mine.user, 'caller');
      assert.equal(mine.level, 1);
      assert.equal(mine.native, 'caller');
      assert.deepEqual(now, mine);
      assert.deepEqual(keys, ['a', 'b', 'c']);
      const clean = { ...plain, buffers: undefined, handler: undefined };
      for (const one of seen) assert.deepEqual({ ...one, buffers: undefined, handler: undefined }, clean);
      assert.equal(plain.user, null);
      assert.deepEqual(seen.map(({ handler }) => handler), seen.map(() => plain.handler));
      assert.equal(new Set(random).size, 3);
      assert.equal(output, 'printed by the caller');
      assert.ok(native);
      await until('output of tasks in the log', () => ['a', 'b', 'c'].every((name) => server.log.includes(`printed by ${name}`)));
      assert.deepEqual(await get('plain'), plain);
    });

    test('databases work in both, and transactions of one are not those of the other', async () => {
      assert.deepEqual(await get('database'), [[1, 1, 1], [1, 1], ['before', 'caller', 'task']]);
    });

    for (const [name, [type, message]] of Object.entries(failures)) {
      for (const path of [`fail/${name}`, `fail-beside/${name}`]) {
        test(`${path} is a ${type}`, async () => {
          await idle();
          const [class_, text, seconds] = await get(path);
          assert.equal(class_, type, text);
          message instanceof RegExp ? assert.match(text, message) : assert.ok(text.includes(message), text);
          assert.ok(seconds < (type === 'TaskTimeoutException' ? 1.5 : 1), `${seconds} s`);
          if (workers > 1 && type === 'TaskTimeoutException') {  // the other worker continues the task
            await server.stop();
            server = await Server.start(app, { workers });
            client = server.client();
          }
        });
      }
    }

    test('there may be many, large ones, and tasks of tasks', async () => {
      await idle();
      const [many, none, size] = await get('many');
      assert.deepEqual(many, Array.from({ length: 40 }, (_, n) => n));
      assert.deepEqual(none, []);
      assert.equal(size, 3_000_000);
      assert.deepEqual(await get('nested'), ['inner']);
    });

    test('tasks that begin themselves again come to an end', async () => {
      await idle();
      const [class_, text] = await get('endless');
      assert.match(class_, /^Task(Timeout)?Exception$/, text);
    });

    test('dispatched tasks are done, and nobody waits for them', async () => {
      await idle();
      const began = performance.now();
      await get('dispatch/first');
      assert.ok(performance.now() - began < 250);
      await until('both', () => app.read('storage/first-1') && app.read('storage/first-2'));
    });

    test('a task sends to sockets', async () => {
      const socket = await Socket.open(server, '/echo');
      await idle();
      await get('send');
      assert.deepEqual([await socket.next(), await socket.next()].sort(), ['first', 'second']);
      await socket.close();
    });

    test('uploads of the caller stay', async () => {
      const form = new FormData();
      form.append('file', new Blob(['uploaded']), 'file.txt');
      const response = await fetch(`${server.url}/tasks/upload`, { method: 'POST', body: form });
      assert.deepEqual(await response.json(), ['uploaded']);
    });

    test('no child and no descriptor is left', async () => {
      await idle();
      const pids = (await server.processes('worker')).map(({ pid }) => pid);
      const count = () => pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
      await get('many');
      await client.get('/api/ping');
      const before_ = count();
      for (let n = 0; n < 10; n++) await get('pids');
      await until('no child', async () => {
        await client.get('/api/ping');
        return pids.every((pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') === '');
      });
      assert.deepEqual(count(), before_);
    });

    test('with all workers busy tasks run none the less', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => client.get('/tasks/pids')));
      for (const { status, body } of answers) {
        assert.equal(status, 200, status === 200 ? "" : app.laravelLog.slice(-600) + server.log.slice(-1500));
        assert.equal(new Set(JSON.parse(body)).size, 3);
      }
    });
  });
}

describe('sessions with servers', { skip: octane ? false : 'laravel/octane is not installed' }, () => {
  let servers, server;
  before(async () => {
    servers = [await MariaDb.start(), await PostgreSql.start(), await RedisServer.start()];
    const [maria, pg, redis] = servers;
    const env = {
      TEST_CONNECTIONS: JSON.stringify({ maria: maria.connection, pg: pg.connection }),
      TEST_REDIS: JSON.stringify({ client: 'phpredis', default: { host: redis.socket, port: 0, database: 0 } }),
    };
    server = await Server.start(await application(), { workers: 1, env });
  });
  after(async () => {
    await server?.stop();
    for (const one of servers ?? []) await one.stop();
  });

  for (const name of ['maria', 'pg']) {
    test(`a task has its own, and those of its caller stay open: ${name}, Redis`, async () => {
      for (let n = 0; n < 4; n++) {
        const { status, body } = await server.client().get(`/tasks/sessions/${name}`);
        assert.equal(status, 200, body);
        assert.deepEqual(JSON.parse(body), [true, false, 'of the caller', [0, 0, 0], ['not committed'], 'of the caller']);
      }
    });
  }
});

describe('without laravel/octane', () => {
  let server, client;
  before(async () => {
    const app = await probeApp();
    app.write('routes/api.php', `${app.read('routes/api.php')}
      use Illuminate\\Support\\Facades\\Concurrency;
      Route::get('/processes', static function () {
        app()->setLocale('de');
        config(['app.name' => 'changed']);
        return [Concurrency::driver('process')->run([
          'a' => static fn () => [app()->getLocale(), config('app.name') === 'changed'],
          'b' => static fn () => 2,
        ]), app()->getLocale()];
      });
      Route::get('/forked', static function () {
        if (($child = pcntl_fork()) === 0) {
          Laraman\\Facades\\Gateway::all()->raw('sent by a child');
          exit;
        }
        pcntl_waitpid($child, $status);
        Laraman\\Facades\\Gateway::all()->raw('sent by the worker');
        return [pcntl_wexitstatus($status)];
      });
    `);
    server = await Server.start(app, { workers: 1 });
    client = server.client();
  });
  after(() => server?.stop());

  test("Laravel's Concurrency runs processes of artisan", async () => {
    const { status, body } = await client.get('/api/processes');
    assert.equal(status, 200, body);
    assert.deepEqual(JSON.parse(body), [{ a: ['en', false], b: 2 }, 'de']);
  });

  test('a child that the application has forked sends to sockets', async () => {
    const socket = await Socket.open(server, '/echo');
    const { status, body } = await client.get('/api/forked');
    assert.deepEqual([status, body], [200, '[0]']);
    assert.equal(await socket.next(), 'sent by a child');
    assert.equal(await socket.next(), 'sent by the worker');
    assert.equal(await socket.ask('hello'), 'hello');
    await socket.close();
  });
});
