// The output for a developer: `laraman start` in the foreground, on a terminal.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { App, binary, cleanEnvironment, probeApp } from './lib/app.js';
import { Browserless } from './lib/http.js';
import { laraman, Server } from './lib/server.js';
import { Refused, Socket } from './lib/socket.js';
import { freePort, temporaryFolder, until, within } from './lib/workspace.js';

/** Starts the server on a separate terminal, with `script`, and returns its output. */
async function start(app, { env = {}, flags = [] } = {}) {
  const port = await freePort();
  const command = [binary, 'start', '--app', app.folder, '--port', port, '--workers', 1, '--loops', 1, ...flags].join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: cleanEnvironment({ TERM: 'xterm', ...env }), stdio: ['pipe', 'pipe', 'inherit'] });
  const terminal = { port, client: new Browserless(port), shown: '' };
  child.stdout.on('data', (part) => { terminal.shown += part.toString().replaceAll('\r\n', '\n'); });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  terminal.stop = async () => {
    await laraman(['stop', '--app', app.folder]);
    await within(20, 'its end', ended);
  };
  await until('the banner', () => /event loop/.test(terminal.shown), 60);
  return terminal;
}

const line = (kind, path, status) => new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${kind} +${path} +${status} +\\d+\\.\\d m?s  worker 1$`, 'm');

test('a banner, a line for each request and socket event, and exceptions', async () => {
  const app = await probeApp();
  const terminal = await start(app, { env: { NO_COLOR: '1' } });
  try {
    assert.match(terminal.shown, /Laraman \d+\.\d+\.\d+, PHP 8\.\d+\.\d+, Laravel \d+\.\d+\.\d+\n/);
    assert.match(terminal.shown, new RegExp(`Laraman serves ${app.folder} on http://127\\.0\\.0\\.1:${terminal.port}\n`));
    assert.match(terminal.shown, /1 worker, 1 event loop;/);
    const seen = (pattern) => until(String(pattern), () => pattern.test(terminal.shown)).catch((error) => assert.fail(`${error.message}\n${terminal.shown}`));

    await terminal.client.get('/api/ping?secret=1');
    await seen(line('GET', '/api/ping', 200));
    await terminal.client.get('/api/odd/throw');
    await seen(line('GET', '/api/odd/throw', 500));
    await seen(/^RuntimeException: .* {2}app\/Http\/Controllers\/OddController\.php:\d+$/m);
    await terminal.client.get('/api/odd/exit');
    await seen(line('GET', '/api/odd/exit', 200));
    const socket = await Socket.open(terminal, '/echo');
    await socket.ask('hello');
    await socket.close();
    for (const [kind, status] of [['open', 101], ['message', '-'], ['close', '-']]) await seen(line(kind, '/echo', status));
    const faulty = await Socket.open(terminal, '/faulty');
    faulty.raw('dump');
    await seen(/"seen" => "<b>"/);
    faulty.raw('throw');
    await seen(/^RuntimeException: thrown in a socket handler {2}app\/Sockets\/FaultySocket\.php:\d+$/m);
    await faulty.closed;
    await assert.rejects(Socket.open(terminal, '/nowhere'), Refused);
    await seen(line('open', '/nowhere', 404));
    assert.doesNotMatch(terminal.shown, /\x1b|secret/);

    const reload = await laraman(['reload', '--app', app.folder]);
    assert.equal(reload.code, 0, reload.output);
    await seen(/^Laraman has reloaded$/m);
  } finally {
    await terminal.stop();
  }
});

test('requests of PHP without Laravel have lines too', async () => {
  const app = new App(temporaryFolder());
  app.write('index.php', '<?php if (isset($_GET["exit"])) { exit("out"); } if (isset($_GET["fatal"])) { no_such_function(); } echo "in";');
  const terminal = await start(app, { env: { NO_COLOR: '1' }, flags: ['--entry', app.path('index.php'), '--classic'] });
  try {
    for (const [path, status] of [['/first', 200], ['/out?exit=1', 200], ['/broken?fatal=1', 500]]) {
      await terminal.client.get(path);
      const pattern = line('GET', path.split('?')[0], status);
      await until(String(pattern), () => pattern.test(terminal.shown));
    }
  } finally {
    await terminal.stop();
  }
});

test('with colors where the terminal has them; the lines of a log where there is no terminal', async () => {
  const app = await probeApp();
  for (const [env, has] of [[{}, true], [{ TERM: 'dumb' }, false]]) {
    const terminal = await start(app, { env });
    await terminal.client.get('/api/ping');
    await until('the line', () => terminal.shown.includes('/api/ping'));
    assert.equal(terminal.shown.includes('\x1b['), has);
    await terminal.stop();
  }
  const server = await Server.start(app);
  await server.client().get('/api/ping');
  await server.stop();
  assert.doesNotMatch(server.log, /\x1b|\/api\/ping/);
  assert.match(server.log, /server ready address=/);
});

test('status and connections fit 80 columns', async () => {
  const server = await Server.start(await probeApp(), { loops: 2, workers: 3, flags: ['--socket-workers', 1] });
  try {
    const sockets = [await Socket.open(server, '/echo'), await Socket.open(server, `/count?name=${'n'.repeat(90)}`)];
    const slow = server.client().get(`/api/odd/slow/700?${'x'.repeat(100)}`);
    for (const command of ['status', 'connections']) {
      const { output } = await server.command(command);
      for (const text of output.split('\n').filter((one) => !one.includes(server.app.folder))) assert.ok(text.length <= 80, text);
    }
    await slow;
    for (const socket of sockets) await socket.close();
  } finally {
    await server.stop();
  }
});
