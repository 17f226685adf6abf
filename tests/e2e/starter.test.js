// Laravel's skeleton with ten well-known packages that hold state: two users take turns on one worker, and get the same
// responses as from php-fpm.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { starterApp } from './lib/app.js';
import { PhpFpm } from './lib/fpm.js';
import { Server } from './lib/server.js';

// Values that differ in each response of either server.
const MASKS = [
  [/[A-Za-z0-9]{40}/g, '…token…'],
  [/wire:id="[^"]*"|wire:snapshot="[^"]*"/g, 'wire'],
  [/localhost:\d+|127\.0\.0\.1:\d+/g, 'host'],
  [/"port":\d+/g, '"port":0'],
  [/"timestamp":\d+/g, '"timestamp":0'],
  [/in \d+ seconds/g, 'in some seconds'],
];

const page = { 'X-Inertia': 'true', 'X-Requested-With': 'XMLHttpRequest' };
const bearer = (id, name) => ({ Authorization: `Bearer ${id}|plain-${name}`, Accept: 'application/json' });
const login = (name, password) => ({ method: 'POST', body: JSON.stringify({ email: `${name}@example.test`, password }), headers: { 'Content-Type': 'application/json', Accept: 'application/json' } });

// The users and their requests, in this order.
const groups = {
  'the skeleton': [['ada', '/'], ['grace', '/who'], ['ada', '/log-in/1'], ['grace', '/who'], ['ada', '/who'], ['grace', '/log-in/2'], ['ada', '/who'], ['grace', '/who'], ['nobody', '/who'],
    ['ada', '/locale/de'], ['grace', '/who'], ['ada', '/who'], ['nobody', '/nowhere']],
  'laravel/ui': [['nobody', '/ui/login', login('ada', 'wrong')], ['nobody', '/ui/login', login('grace', 'wrong')], ['nobody', '/ui/login', login('ada', 'wrong')], ['nobody', '/ui/login', login('ada', 'secret of ada')],
    ['somebody', '/ui/login', login('grace', 'secret of grace')], ['somebody', '/who'], ['nobody', '/who']],
  'laravel/sanctum': [['nobody', '/sanctum/who', { headers: bearer(1, 'ada') }], ['nobody', '/sanctum/who', { headers: bearer(2, 'grace') }], ['nobody', '/sanctum/who', { headers: { Accept: 'application/json' } }],
    ['ada', '/sanctum/who'], ['nobody', '/sanctum/who', { headers: bearer(1, 'grace') }], ['grace', '/sanctum/who', { headers: bearer(1, 'ada') }], ['grace', '/sanctum/who']],
  'spatie/laravel-permission': [['ada', '/permission/mine'], ['grace', '/permission/mine'], ['grace', '/permission/guarded'], ['ada', '/permission/guarded'], ['grace', '/permission/grant'], ['grace', '/permission/mine'],
    ['grace', '/permission/revoke'], ['grace', '/permission/mine'], ['ada', '/permission/team/7'], ['grace', '/permission/mine'], ['nobody', '/permission/mine']],
  'spatie/laravel-activitylog': [['ada', '/activity/log'], ['grace', '/activity/log'], ['nobody', '/activity/log'], ['ada', '/activity/batch'], ['grace', '/activity/log'], ['ada', '/activity/as/2'], ['ada', '/activity/log'],
    ['ada', '/activity/off'], ['grace', '/activity/log'], ['grace', '/activity/rename'], ['ada', '/activity/rename'], ['grace', '/activity/rename']],
  'livewire/livewire': [['ada', '/livewire'], ['grace', '/livewire'], ['nobody', '/livewire'], ['ada', '/livewire']],
  'tightenco/ziggy': [['ada', '/ziggy'], ['grace', '/ziggy'], ['ada', '/ziggy']],
  'inertiajs/inertia-laravel': [['ada', '/inertia/page', { headers: page }], ['ada', '/inertia/share/of-ada', { headers: page }], ['grace', '/inertia/page', { headers: page }], ['nobody', '/inertia/page'], ['grace', '/inertia/share/of-grace'], ['ada', '/inertia/page']],
  'laravel/scout': [['ada', '/scout/ada'], ['grace', '/scout/example'], ['ada', '/scout/nothing']],
  'santigarcor/laratrust': [['ada', '/trust'], ['grace', '/trust'], ['nobody', '/trust'], ['ada', '/trust']],
  'darkaonline/l5-swagger': [['ada', '/api/documentation'], ['grace', '/docs'], ['ada', '/api/documentation']],
};

describe('a skeleton with ten packages, two users on one worker', () => {
  const sides = [];

  before(async () => {
    const apps = [await starterApp(), await starterApp()];
    for (const app of apps) app.write('.env', `${app.read('.env')}\nAPP_URL=http://localhost\n`);
    const [oracle, server] = await Promise.all([PhpFpm.start(apps[0], { children: 1 }), Server.start(apps[1], { workers: 1, flags: ['--http-compression', 'off'] })]);
    for (const side of [oracle, server]) sides.push({ server: side, jars: {}, log: () => side.app.laravelLog });
  });
  after(() => Promise.all(sides.map(({ server }) => server.stop())));

  async function ask({ server, jars }, who, path, { method = 'GET', headers = {}, body } = {}) {
    const jar = jars[who] ??= new Map();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, body, redirect: 'manual', headers: { ...headers, Host: 'localhost', ...(cookie ? { Cookie: cookie } : {}) } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      jar.set(name, value);
    }
    const text = MASKS.reduce((masked, [what, by]) => masked.replace(what, by), await response.text());
    const fields = ['content-type', 'location', 'x-inertia', 'vary', 'cache-control'].map((name) => `${name}: ${MASKS.reduce((masked, [what, by]) => masked.replace(what, by), response.headers.get(name) ?? '')}`);
    return [response.status, ...fields, ...text.split('\n').map((line) => line.slice(0, 2000))].join('\n');
  }

  for (const [name, requests] of Object.entries(groups)) {
    test(`${name}: ${requests.length} requests`, async () => {
      for (const [who, path, options] of requests) {
        const [expected, actual] = [await ask(sides[0], who, path, options), await ask(sides[1], who, path, options)];
        assert.equal(actual, expected, `${path} as ${who}`);
      }
    });
  }
});
