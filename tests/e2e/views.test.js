// A Blade file that is changed while the server runs is compiled again, as under php-fpm: if the application's
// configuration says that views are checked (`view.cache`), and opcache that files are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApp } from './lib/app.js';
import { Server } from './lib/server.js';

async function application() {
  const app = await probeApp();
  app.write('resources/views/changing.blade.php', 'first of {{ $who }} @include("part")');
  app.write('resources/views/part.blade.php', 'part one');
  app.write('routes/api.php', `${app.read('routes/api.php')}
    Route::get('/views/{who}', static fn (string $who) => view('changing', ['who' => $who]));
    Route::get('/views-of-string', static fn () => Illuminate\\Support\\Facades\\Blade::render('{{ 1 + 1 }} ').view('changing', ['who' => 'both']));
  `);
  return app;
}

const variants = {
  'with the defaults': {},
  'if opcache checks no timestamps': { ini: ['opcache.validate_timestamps=0'], needsReload: true },
  'if opcache protects new files': { ini: ['opcache.file_update_protection=2'] },
  'if opcache checks every two seconds': { ini: ['opcache.revalidate_freq=2'], needsReload: true },
  'without opcache': { ini: ['opcache.enable=0'] },
  'after view:cache': { prepare: (app) => app.artisan('view:cache') },
  'after view:cache and config:cache': { prepare: async (app) => [await app.artisan('config:cache'), await app.artisan('view:cache')] },
};

for (const [variant, { ini = [], prepare = () => {}, needsReload = false }] of Object.entries(variants)) {
  test(`a changed view shows ${needsReload ? 'after a reload' : 'in the next request'}, ${variant}`, async () => {
    const app = await application();
    await prepare(app);
    const server = await Server.start(app, { workers: 2, flags: ini.flatMap((setting) => ['--ini', setting]) });
    try {
      const client = server.client();
      // All workers have used the view, and have cached it.
      const shows = async (expected) => {
        for (let n = 0; n < 8; n++) {
          const { status, body } = await client.get('/api/views/ada');
          assert.equal(status, 200, body);
          assert.equal(body.trim(), expected);
        }
      };
      const edit = (file, text) => app.write(`resources/views/${file}`, text);
      await shows('first of ada part one');
      for (let round = 0; round < 3; round++) {
        await new Promise((resolve) => setTimeout(resolve, 1100));  // Laravel compares whole seconds
        edit('changing.blade.php', `edit ${round} of {{ $who }} @include("part")`);
        edit('part.blade.php', `part ${round}`);
        if (needsReload) {
          await shows(round === 0 ? 'first of ada part one' : `edit ${round - 1} of ada part ${round - 1}`);
          assert.equal((await server.command('reload')).code, 0);
        }
        await shows(`edit ${round} of ada part ${round}`);
      }
    } finally {
      await server.stop();
    }
  });
}
