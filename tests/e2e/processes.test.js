// Processes of the application, which its listeners of LaramanStarting add.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { laraman, Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { freePort, until } from './lib/workspace.js';

const provider = (body) => `<?php

namespace App\\Providers;

use Illuminate\\Support\\Facades\\Event;
use Illuminate\\Support\\ServiceProvider;
use Laraman\\Events\\LaramanStarting;
use Laraman\\Facades\\Gateway;

final class AppServiceProvider extends ServiceProvider
{
    public function boot(): void
    {
        Event::listen(function (LaramanStarting $event): void {
            ${body}
        });
        Event::listen('EVENT_LARAMAN_STARTING', fn (string $name) => file_put_contents(storage_path('starting.log'), "$name\\n", FILE_APPEND));
    }
}
`;

const first = `
            $event->command('ticker', 'sh -c "while :; do echo tick; sleep 1; done"', count: 2);
            $event->process('herald', function (\\Illuminate\\Contracts\\Foundation\\Application $app) {
                while (true) {
                    Gateway::all()->send('news', ['version' => 1, 'app' => $app->basePath()]);
                    usleep(50_000);
                }
            });`;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('processes of the application', () => {
  let app, server;
  const named = async (name) => (await server.status()).processes.filter(({ role }) => role === name);
  before(async () => {
    app = await probeApp();
    app.write('app/Providers/AppServiceProvider.php', provider(first));
    server = await Server.start(app);
  });
  after(() => server?.stop());

  test('run beside the server, in its status, with their output in its log', async () => {
    assert.deepEqual((await Promise.all(['ticker 1', 'ticker 2', 'herald'].map(named))).map((all) => all.length), [1, 1, 1]);
    await until('output of both', () => server.log.includes('[ticker 1] tick') && server.log.includes('[ticker 2] tick'));
    assert.match((await server.command('status')).output, /ticker 2 +\d+ +ready/);
  });

  test('of a closure, they boot the application and reach the gateway', async () => {
    const socket = await Socket.open(server, '/echo');
    assert.deepEqual(await socket.event('news'), { version: 1, app: app.folder });
    await socket.close();
  });

  test('start again when they end', async () => {
    const [{ pid }] = await named('ticker 1');
    process.kill(pid, 'SIGKILL');
    await until('another', async () => {
      const [now] = await named('ticker 1');
      return now && now.pid !== pid && now.state === 'ready' && now.restarts === 1;
    });
  });

  test('are new after a reload, and stay if the new code does not boot', async () => {
    const before = await named('herald');
    app.write('app/Providers/AppServiceProvider.php', '<?php this is not PHP');
    const failed = await server.command('reload');
    assert.notEqual(failed.code, 0);
    assert.match(failed.output, /syntax error/i);
    assert.deepEqual((await named('herald')).map(({ pid }) => pid), before.map(({ pid }) => pid));

    app.write('app/Providers/AppServiceProvider.php', provider(first.replace("'version' => 1", "'version' => 2").replace(', count: 2', '')));
    assert.equal((await server.command('reload')).code, 0);
    await until('one ticker', async () => (await named('ticker')).length === 1 && (await named('ticker 1')).length === 0);
    await until('the old herald to go', () => !isAlive(before[0].pid));
    const socket = await Socket.open(server, '/echo');
    assert.equal((await socket.event('news')).version, 2);
    await socket.close();
  });

  test('end with the server; the string event came once, at the start', async () => {
    const pids = (await server.status()).processes.map(({ pid }) => pid);
    await server.stop();
    assert.deepEqual(pids.filter(isAlive), []);
    assert.equal(app.read('storage/starting.log'), 'EVENT_LARAMAN_STARTING\n');
  });
});

test('a listener that fails keeps the server from starting, and says why', async () => {
  const app = await probeApp();
  app.write('app/Providers/AppServiceProvider.php', provider("$event->command('worker', 'true');"));
  const { code, output } = await laraman(['start', '--app', app.folder, '--port', await freePort()]);
  assert.equal(code, 1);
  assert.match(output, /\[worker\] cannot be the name of a process/);
});
