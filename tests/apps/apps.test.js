// Starter applications on one worker, compared with php-fpm: equal responses, and constant memory.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { copyOfApp } from '../e2e/lib/app.js';
import { PhpFpm } from '../e2e/lib/fpm.js';
import { Browserless } from '../e2e/lib/http.js';
import { Server } from '../e2e/lib/server.js';

const REQUESTS = 2000;

// Values that differ in each response of either server.
const MASKS = [
  [/[A-Za-z0-9]{40,64}/g, '…token…'],
  [/wire:(snapshot|effects)="[^"]*"/g, 'wire:$1'],
  [/wire:id=\\?"\w+\\?"/g, 'wire:id'],
  [/\\"id\\":\\"\w+\\"/g, 'id'],
  [/(localhost|127\.0\.0\.1)(:|%3A)\d+/g, 'host'],
  [/"port":\d+/g, '"port":0'],
  [/"[\d-]+T[\d:.]+Z"/g, '"time"'],
];
const mask = (text) => MASKS.reduce((masked, [what, by]) => masked.replace(what, by), text);

const FIELDS = ['content-type', 'location', 'cache-control', 'vary', 'x-inertia', 'x-inertia-location', 'x-frame-options'];

/** A user's session at one of the servers. */
class Visitor extends Browserless {
  async ask([method, path, fields = {}, headers = {}]) {
    const own = this.isInertia ? { 'X-Inertia': 'true', 'X-Requested-With': 'XMLHttpRequest', 'X-Inertia-Version': this.version ?? '', ...headers } : headers;
    const answer = method === 'GET' ? await this.get(path, own) : await this.post(path, { ...fields, _method: method }, own);
    return this.seen(answer);
  }

  /** Clicks a button of a component that the last page of `path` has. */
  async click(path, method, params) {
    const page = (await this.get(path)).body;
    const snapshot = page.match(/wire:snapshot="([^"]*)"[^>]*wire:id/)?.[1] ?? page.match(/wire:snapshot="([^"]*)"/)[1];
    const unescaped = snapshot.replaceAll('&quot;', '"').replaceAll('&#039;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const body = JSON.stringify({
      _token: page.match(/data-csrf="([^"]*)"/)[1],
      components: [{ snapshot: unescaped, updates: {}, calls: [{ path: '', method, params }] }],
    });
    const update = page.match(/data-update-uri="([^"]*)"/)[1];
    return this.seen(await this.request('POST', new URL(update, 'http://host').pathname, { headers: { 'Content-Type': 'application/json', 'X-Livewire': '' }, body }));
  }

  seen({ status, headers, body }) {
    return {
      status,
      ...Object.fromEntries(FIELDS.map((name) => [name, mask(String(headers[name] ?? ''))])),
      cookies: (headers['set-cookie'] ?? []).map((cookie) => cookie.split('=')[0]).sort(),
      body: mask(body).split('\n'),
    };
  }
}

const person = (name) => ({ name, email: `${name}@example.test`, password: `secret of ${name}`, password_confirmation: `secret of ${name}` });

/** The users and their requests, in this order. */
const conversation = [
  ['ada', ['GET', '/']], ['ada', ['GET', '/login']], ['ada', ['GET', '/register']], ['ada', ['GET', '/dashboard']], ['ada', ['GET', '/no/such/page']],
  ['ada', ['POST', '/register', person('ada')]], ['ada', ['GET', '/dashboard']], ['grace', ['GET', '/dashboard']], ['grace', ['GET', '/register']],
  ['grace', ['POST', '/register', { ...person('grace'), email: 'no address' }]], ['grace', ['GET', '/register']],
  ['grace', ['POST', '/register', person('ada')]], ['grace', ['GET', '/register']],
  ['grace', ['POST', '/register', person('grace')]], ['grace', ['GET', '/dashboard']], ['ada', ['GET', '/dashboard']],
  ['ada', ['GET', '/profile']], ['grace', ['GET', '/profile']], ['nobody', ['GET', '/profile']],
  ['ada', ['PATCH', '/profile', { name: 'Ada L.', email: 'ada@example.test' }]], ['ada', ['GET', '/profile']], ['grace', ['GET', '/profile']],
  ['ada', ['PUT', '/password', { current_password: 'wrong', password: 'a new secret', password_confirmation: 'a new secret' }]], ['ada', ['GET', '/profile']],
  ['ada', ['POST', '/logout']], ['ada', ['GET', '/dashboard']], ['grace', ['GET', '/dashboard']],
  ['ada', ['GET', '/login']], ['ada', ['POST', '/login', { email: 'ada@example.test', password: 'wrong' }]], ['ada', ['GET', '/login']],
  ['ada', ['POST', '/login', { email: 'ada@example.test', password: 'secret of ada', remember: 'on' }]], ['ada', ['GET', '/dashboard']],
  ['nobody', ['GET', '/forgot-password']], ['nobody', ['POST', '/forgot-password', { email: 'grace@example.test' }]], ['nobody', ['GET', '/forgot-password']],
  ['nobody', ['GET', '/reset-password/a-token?email=grace@example.test']], ['grace', ['GET', '/confirm-password']],
  ['grace', ['POST', '/confirm-password', { password: 'secret of grace' }]], ['grace', ['GET', '/verify-email']], ['nobody', ['POST', '/logout']],
];

/** Private memory of a process in bytes. */
function ownMemory(pid) {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kilobytes]) => sum + 1024 * Number(kilobytes), 0);
}

for (const [name, { isInertia = false, clicks = [] }] of Object.entries({
  blade: { clicks: [['ada', '/counter', 'increment', [2]], ['grace', '/counter', 'increment', [3]], ['ada', '/counter', 'increment', [1]]] },
  react: { isInertia: true },
})) describe(name, () => {
  const sides = [];
  before(async () => {
    const apps = [copyOfApp(name), copyOfApp(name)];
    for (const app of apps) app.write('.env', `${app.read('.env')}\nAPP_DEBUG=false\nBCRYPT_ROUNDS=4\nMAIL_MAILER=array\nAPP_URL=http://localhost\n`);
    sides.push({ server: await PhpFpm.start(apps[0], { children: 1, ready: '/up' }), people: {} });
    sides.push({ server: await Server.start(apps[1], { workers: 1, flags: ['--http-compression', 'off'] }), people: {} });
  });
  after(() => Promise.all(sides.map(({ server }) => server.stop())));

  const visitor = ({ server, people }, who, asPage = isInertia) => Object.assign(people[who] ??= new Visitor(server.port), { isInertia: asPage });

  async function compare(who, run, title, asPage) {
    const answers = [];
    for (const side of sides) answers.push(await run(visitor(side, who, asPage)));
    assert.deepEqual(answers[1], answers[0], `${who}: ${title}`);
    return answers[0];
  }

  test('answers as php-fpm does, to two people in turns', async () => {
    for (const [who, request] of conversation) {
      const { status } = await compare(who, (one) => one.ask(request), request.slice(0, 2).join(' '), false);
      assert.ok(status < 500, `${who}: ${request.slice(0, 2).join(' ')} is answered with ${status}`);
      // A later visit, by Inertia: the version of its files is in the page.
      if (isInertia && request[0] === 'GET') {
        for (const side of sides) {
          const page = (await visitor(side, who, false).get('/login')).body;
          visitor(side, who).version ??= page.match(/&quot;version&quot;:&quot;(\w+)&quot;/)?.[1];
        }
        await compare(who, (one) => one.ask(request), `${request[1]} by Inertia`, true);
      }
    }
  });

  if (clicks.length > 0) test('updates of Livewire are answered as php-fpm does', async () => {
    for (const [who, path, method, params] of clicks) {
      const answer = await compare(who, (one) => one.click(path, method, params), `${method} at ${path}`);
      assert.equal(answer.status, 200, answer.body.join('\n'));
      assert.match(answer.body.join('\n'), /has counted/);
    }
  });

  test(`a worker's memory is flat over ${REQUESTS} requests`, async () => {
    const { server } = sides[1];
    const pid = async () => (await server.processes('worker'))[0].pid;
    const worker = await pid();
    const pages = conversation.filter(([, [method, path]]) => method === 'GET' && !path.startsWith('/reset'));
    let half;
    for (let n = 0; n < REQUESTS; n++) {
      const [who, request] = pages[n % pages.length];
      const one = visitor(sides[1], who, isInertia && n % 2 === 0);
      if (n % 20 === 0) await one.ask(['POST', '/login', { email: 'nobody@example.test', password: 'wrong' }]);
      else if (clicks.length > 0 && n % 20 === 10) await visitor(sides[1], 'grace').click(...clicks[0].slice(1));
      else await one.ask(request);
      if (n === REQUESTS / 2) half = ownMemory(worker);
    }
    assert.equal(await pid(), worker);
    assert.ok(ownMemory(worker) - half < 1024 * 1024, `${half} bytes became ${ownMemory(worker)}`);
  });
});
