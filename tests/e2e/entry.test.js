// PHP without Laravel: a resident callable, and scripts that run for each request.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { App, root } from './lib/app.js';
import { Server, laraman } from './lib/server.js';
import { temporaryFolder, until } from './lib/workspace.js';

function folder(files) {
  const app = new App(temporaryFolder());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(app.path(name, '..'), { recursive: true });
    app.write(name, text);
  }
  return app;
}

async function serve(files, flags, use) {
  const app = folder(files);
  const server = await Server.start(app, { workers: 1, flags: flags(app) });
  try {
    await use(server, server.client());
  } finally {
    await server.stop();
  }
}

describe('--entry: a callable that stays', () => {
  const worker = `<?php
    use Laraman\\Http\\Request;
    use Laraman\\Http\\Response;
    $count = 0;
    return function (Request $request) use (&$count): mixed {
        $count++;
        return match ($request->path) {
            '/json' => Response::json(['count' => $count, 'method' => $request->method, 'query' => $request->query, 'post' => $request->post,
                'agent' => $request->header('x-agent'), 'body' => $request->body()]),
            '/string' => "count $count",
            '/array' => [201, ['X-One' => 'yes', 'Content-Type' => 'text/plain'], 'made'],
            '/pieces' => new Response((function () { yield 'one '; yield 'two'; })(), 202, ['X-Two' => ['a', 'b']]),
            '/echo' => print('echoed'),
            '/throw' => throw new RuntimeException('secret'),
            '/exit' => exit('good bye'),
            '/wrong' => new stdClass,
            default => new Response('nothing here', 404),
        } ?: null;
    };`;

  test('gets requests and gives answers of every kind', () => serve({ 'worker.php': worker }, (app) => ['--entry', app.path('worker.php'), '--ini', 'display_errors=0'], async (server, client) => {
    const json = await client.request('POST', '/json?a[]=1', { headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Agent': 'me' }, body: 'b=2' });
    assert.deepEqual(JSON.parse(json.body), { count: 1, method: 'POST', query: { a: ['1'] }, post: { b: '2' }, agent: 'me', body: 'b=2' });
    assert.equal((await client.get('/string')).body, 'count 2', 'the same callable');
    const made = await client.get('/array');
    assert.deepEqual([made.status, made.headers['x-one'], made.body], [201, 'yes', 'made']);
    const pieces = await client.get('/pieces');
    assert.deepEqual([pieces.status, pieces.headers['x-two'], pieces.body], [202, 'a, b', 'one two']);
    assert.equal((await client.get('/nowhere')).status, 404);
    for (const path of ['/throw', '/wrong']) {
      const failed = await client.get(path);
      assert.deepEqual([failed.status, failed.body], [500, 'Internal Server Error']);
    }
    await until('the error in the log', () => server.log.includes('RuntimeException: secret'));
    assert.match((await client.get('/string')).body, /^count [789]$/);
    assert.equal((await client.get('/exit')).body, 'good bye');
    assert.match((await client.get('/string')).body, /^count (8|9|1\d)$/, 'exit ends its request alone');
    assert.match((await server.command('status')).output, /worker 1/);
  }));

  test('of the kind of Symfony, or as arrays, with jobs of other kinds', () => serve({
    'worker.php': `<?php
      require '${join(root, 'examples/chat/vendor/autoload.php')}';
      use Symfony\\Component\\HttpFoundation\\{JsonResponse, Request};
      $ticks = 0;
      Laraman\\Native\\every(0.02);
      return [
          'request' => function (Request $request) use (&$ticks) {
              return new JsonResponse([get_class($request), $request->query->get('a'), $ticks > 0]);
          },
          'callback' => function (Laraman\\Native\\CallbackJob $job) use (&$ticks): void { $ticks++; },
      ];`,
  }, (app) => ['--entry', app.path('worker.php')], async (server, client) => {
    await until('a tick', async () => JSON.parse((await client.get('/?a=1')).body)[2]);
    assert.deepEqual(JSON.parse((await client.get('/?a=1')).body), ['Symfony\\Component\\HttpFoundation\\Request', '1', true]);
  }));

  test('an entry that returns no callable is told at the start', async () => {
    const app = folder({ 'worker.php': '<?php return 1;' });
    const { code, output } = await laraman(['start', '--app', app.folder, '--port', 0, '--entry', app.path('worker.php')]);
    assert.equal(code, 1);
    assert.match(output, /worker\.php\] does not return a callable/);
    assert.equal((await laraman(['start', '--entry', app.path('no.php')], { cwd: app.folder })).code, 2);
    assert.equal((await laraman(['start', '--classic'], { cwd: app.folder })).code, 2);
  });
});

test('--classic: each request is a PHP request of its own', () => serve({
  'public/index.php': `<?php
    $GLOBALS['count'] = ($GLOBALS['count'] ?? 0) + 1;
    function declared_each_time(): string { return 'declared'; }
    if (str_starts_with($_SERVER['REQUEST_URI'], '/fatal')) { no_such_function(); }
    if (str_starts_with($_SERVER['REQUEST_URI'], '/exit')) { http_response_code(418); exit('out'); }
    header('Content-Type: application/json');
    setcookie('seen', '1');
    register_shutdown_function(function (): void { echo ' '; });
    echo json_encode([$count, declared_each_time(), $_GET, $_POST, $_COOKIE, $_SERVER['SCRIPT_NAME'], $_SERVER['PATH_INFO'] ?? null, PHP_SAPI, file_get_contents('php://input')]);`,
  'public/other.php': '<?php echo json_encode([__FILE__ === $_SERVER["SCRIPT_FILENAME"], $_SERVER["SCRIPT_NAME"], $_SERVER["PATH_INFO"] ?? null, $_SERVER["PHP_SELF"], getcwd() === __DIR__]);',
  'public/admin/index.php': '<?php echo "admin";',
  'public/plain.txt': 'static',
  'secret.php': '<?php echo "outside";',
}, (app) => ['--entry', app.path('public/index.php'), '--classic', '--ini', 'display_errors=0'], async (server, client) => {
  for (let n = 0; n < 3; n++) {
    const answer = await client.request('POST', '/any/path?a=1', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'b=2' });
    assert.deepEqual(JSON.parse(answer.body), [1, 'declared', { a: '1' }, { b: '2' }, n ? { seen: '1' } : {}, '/index.php', null, 'laraman', 'b=2'].map((part) => (JSON.stringify(part) === '{}' ? [] : part)));
  }
  assert.deepEqual(JSON.parse((await client.get('/other.php/more?x')).body), [true, '/other.php', '/more', '/other.php/more', true]);
  assert.equal((await client.get('/admin/')).body, 'admin');
  assert.equal((await client.get('/plain.txt')).body, 'static');
  assert.match((await client.get('/../secret.php')).body, /^(?!outside)/);
  assert.deepEqual(await client.get('/exit').then(({ status, body }) => [status, body]), [418, 'out']);
  assert.equal((await client.get('/fatal')).status, 500);
  assert.equal((await client.get('/admin/')).status, 200);
}));
