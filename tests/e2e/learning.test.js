// Results that a worker computes once for all jobs must not be visible: a model that has booted in advance boots again in a
// job that listens to its boot.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeApp } from './lib/app.js';
import { addOctane, octane } from './lib/octane.js';
import { Server } from './lib/server.js';

for (const [variant, { prepare = () => {}, skip = false }] of Object.entries({
  'Laravel alone': {},
  'laravel/octane': { prepare: addOctane, skip: octane ? false : 'laravel/octane is not installed' },
})) {
  test(`a job hears the boot of a model that had booted before it, with ${variant}`, { skip }, async () => {
    const app = await probeApp();
    prepare(app);
    app.write('app/Models/Plain.php', '<?php namespace App\\Models; class Plain extends \\Illuminate\\Database\\Eloquent\\Model {}');
    app.write('routes/api.php', `${app.read('routes/api.php')}
      $booted = static fn () => Closure::bind(static fn () => isset(static::$booted[App\\Models\\Plain::class]), null, Illuminate\\Database\\Eloquent\\Model::class)();
      Route::get('/models/use', static fn () => [$booted(), (new App\\Models\\Plain)->getTable()]);
      Route::get('/models/hear/{event}', static function (string $event) {
        $heard = [];
        Illuminate\\Support\\Facades\\Event::listen($event === 'all' ? 'elo'.'quent.*' : "elo"."quent.$event: App\\Models\\Plain", static function ($name) use (&$heard) {
          $heard[] = is_string($name) ? $name : 'booted';
        });
        App\\Models\\Plain::make();
        App\\Models\\Plain::make();
        return $heard;
      });
    `);
    const server = await Server.start(app, { workers: 1 });
    try {
      const client = server.client();
      const get = async (path) => JSON.parse((await client.get(`/api/models/${path}`)).body);
      assert.deepEqual(await get('use'), [false, 'plains']);
      for (let n = 0; n < 8; n++) await get('use');
      for (let n = 0; n < 3; n++) {
        assert.deepEqual(await get('use'), [true, 'plains']);
        assert.deepEqual(await get('hear/booted'), ['booted']);
        assert.deepEqual(await get('hear/booting'), ['booted']);
        assert.deepEqual(await get('hear/all'), ['eloquent.booting: App\\Models\\Plain', 'eloquent.booted: App\\Models\\Plain']);
        assert.deepEqual(await get('use'), [true, 'plains']);
      }
      assert.ok((await server.processes('worker'))[0].learned > 0);
    } finally {
      await server.stop();
    }
  });
}
