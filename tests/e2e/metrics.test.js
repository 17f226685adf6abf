// /metrics: the served metrics are those in the documentation, and are served only on their own address.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';
import { freePort, until } from './lib/workspace.js';

const reference = new URL('../../docs/reference/metrics.md', import.meta.url);

for (const loops of [1, 4]) {
  describe(`metrics, ${loops} event loops`, () => {
    let server;
    let url;
    before(async () => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}/metrics`;
      const flags = ['--metrics-listen', `127.0.0.1:${port}`, '--limit-window-messages', 3, '--limit-window', 60];
      server = await Server.start(await probeApp(), { loops, flags });
    });
    after(() => server?.stop());

    const scrape = async () => (await fetch(url)).text();
    /** The sum of a metric's samples with these labels. */
    const value = (text, name, labels = '') => text.split('\n')
      .filter((line) => line.startsWith(`laraman_${name}{`) || line.startsWith(`laraman_${name} `))
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

    test('lists what the documentation lists', async () => {
      const documented = [...readFileSync(reference, 'utf8').matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|/gm)]
        .map(([, name, type]) => `laraman_${name} ${type}`);
      const served = [...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
      assert.deepEqual(served, documented);
    });

    test('counts connections, messages, events and commands', async () => {
      const socket = await Socket.open(server, '/echo');
      for (let i = 0; i < 5; i++) socket.send(`hello ${i}`);
      await until('three echoes', async () => value(await scrape(), 'messages_sent_total') >= 3);
      const text = await scrape();
      assert.equal(value(text, 'connections'), 1);
      assert.equal(value(text, 'messages_received_total'), 5);
      assert.equal(value(text, 'messages_dropped_total', 'window'), 2);
      assert.ok(value(text, 'events_total') >= 3);
      assert.ok(value(text, 'event_delivery_seconds_count') >= 3);
      assert.ok(value(text, 'commands_total', 'Acknowledge') >= 1);
      assert.equal(value(text, 'workers'), 2);
      assert.equal(value(text, 'businesses'), 2);
      assert.ok(value(text, 'loop_busy_seconds_total') > 0);
      socket.close();
      await until('its end', async () => value(await scrape(), 'connections') === 0);
    });

    test('answers nothing else there, and nothing of it on the public port', async () => {
      assert.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
      assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
      assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
    });
  });
}
