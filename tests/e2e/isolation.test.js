// No change by a job is visible to the next job: some hundred kinds of state of PHP and Laravel (probe/isolation/), changed
// by requests and by socket events, on one worker.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { isolationApp, sanitized } from './lib/app.js';
import { addOctane, octane } from './lib/octane.js';
import { Server } from './lib/server.js';
import { Socket } from './lib/socket.js';

const BATCH = 10; // changes, each by a separate job, before other jobs read all values

const variants = {
  'routes and configuration as files': {},
  'routes and configuration cached': {
    prepare: async (app) => {
      for (const command of ['config:cache', 'route:cache']) {
        const { code, output } = await app.artisan(command);
        assert.equal(code, 0, output);
      }
    },
  },
  'with laravel/octane': { prepare: addOctane, skip: octane ? false : 'laravel/octane is not installed' },
  // Laravel does not depend on how PHP stores classes and compiles functions: its own kinds are enough.
  'without opcache': { of: ['php'], engine: [], ini: ['opcache.enable=0', 'memory_limit=1G'] },
  'with the tracing JIT': { of: ['php'], engine: ['opcache', 'jit'], ini: ['opcache.jit=tracing', 'opcache.jit_buffer_size=32M'] },
  'with the function JIT': { of: ['php'], engine: ['opcache', 'jit'], ini: ['opcache.jit=function', 'opcache.jit_buffer_size=32M'] },
  'with preloaded classes': {
    of: ['php'],
    engine: ['opcache', 'preloading'],
    prepare: async (app) => {
      app.write('preload.php', `<?php
        require __DIR__.'/vendor/autoload.php';
        array_map(class_exists(...), [App\\Isolation\\Holder::class, App\\Isolation\\Late::class, App\\Isolation\\Suit::class, Illuminate\\Support\\Str::class]);
        opcache_compile_file(__DIR__.'/app/Isolation/functions.php');
      `);
    },
    ini: (app) => [`opcache.preload=${app.path('preload.php')}`, ...(process.getuid() === 0 ? ['opcache.preload_user=root'] : [])],
  },
};

/** One worker, and the two kinds of jobs for it. */
async function start(app, options = {}) {
  const server = await Server.start(app, { workers: 1, ...options });
  const client = server.client();
  let socket;
  const get = async (path) => {
    client.cookies.clear();
    const { status, body } = await client.get(`/isolation/${path}`);
    return status === 200 ? JSON.parse(body) : { failed: `${status} ${body.slice(0, 300)}` };
  };
  // A job that has broken its own application does not answer.
  const ask = async (text, seconds) => {
    if (socket?.ws.readyState !== 1) socket = await Socket.open(server, '/isolation');
    socket.raw(text);
    return Promise.race([socket.next(seconds), socket.closed]).catch(({ message }) => {
      socket.ws.terminate();
      return message;
    });
  };
  // The job writes its change to a file, in case the response breaks off.
  const changed = async (job) => {
    rmSync(app.path('change.json'), { force: true });
    const answer = await job().catch((error) => error.message);
    return JSON.parse(app.read('change.json') || `{"failed":${JSON.stringify(`without a note: ${answer.body?.slice(0, 300) ?? answer}`)}}`);
  };
  return {
    server,
    names: (file) => get(`names/${file}`),
    stop: () => server.stop(),
    jobs: {
      request: {
        read: (file) => get(`read/${file}`),
        change: (file, kind, more = '') => changed(() => client.get(`/isolation/change/${file}?kind=${encodeURIComponent(kind)}${more}`)),
      },
      event: {
        read: async (file) => {
          const answer = await ask(`read ${file}`);
          return answer.startsWith?.('{') ? JSON.parse(answer) : { failed: JSON.stringify(answer) };
        },
        change: (file, kind) => changed(() => ask(`change ${file} ${kind}`, 0.5)),
      },
    },
  };
}

function none(problems) {
  if (problems.length > 0) assert.fail(`${problems.length} problems:\n${problems.slice(0, 200).join('\n')}`);
}

/** Removes values that differ in each job, such as the request; returns their number. */
async function leaveOutOfEachJob(jobs, first, file) {
  let count = 0;
  for (const reading of ['request', 'event']) {
    for (let round = 0; round < 2; round++) {
      const { values } = await jobs[reading].read(file);
      for (const name of Object.keys(first[reading].values)) {
        if (first[reading].values[name] === values[name]) continue;
        delete first[reading].values[name];
        count++;
      }
    }
  }
  return count;
}

/** The values that differ. They become the new expected values, so that each leak is reported once. */
function differing(first, second) {
  const names = Object.keys(first).filter((name) => first[name] !== second[name]);
  return names.map((name) => {
    const found = `${name}: ${first[name]} became ${second[name]}`;
    first[name] = second[name];
    return found;
  });
}

/** Makes each change of a file by a request and by an event; returns the leaks that other jobs see, and the errors. */
async function changeAll({ jobs }, kinds, file) {
  const first = { request: await jobs.request.read(file), event: await jobs.event.read(file) };
  const ofEachJob = await leaveOutOfEachJob(jobs, first, file);
  const found = [];
  const wrong = [];
  let worker = first.request.pid;
  for (let at = 0; at < kinds.length; at += BATCH) {
    const batch = kinds.slice(at, at + BATCH);
    for (const changing of ['request', 'event']) {
      for (const [kind, flags] of batch) {
        const { values, pid, failed } = await jobs[changing].change(file, kind);
        if (failed) wrong.push(`${kind}, by ${changing}, failed: ${failed}`);
        else if (values[0] === values[1] && !flags.includes('blind')) wrong.push(`${kind}, by ${changing}, changes nothing: ${values[0]}`);
        if (!failed && pid !== worker) {
          wrong.push(`the worker was replaced before ${kind}`);
          worker = pid;
        }
      }
      for (const reading of ['request', 'event']) {
        const { values, failed } = await jobs[reading].read(file);
        const by = `a ${reading} after changes by ${changing} of ${batch[0][0]} to ${batch.at(-1)[0]}`;
        if (failed) found.push(`${by} failed: ${failed}`);
        else found.push(...differing(first[reading].values, values).map((difference) => `${by} finds ${difference}`));
      }
    }
  }
  return { engine: first.request.engine, ofEachJob, found, wrong };
}

for (const [variant, { prepare = async () => {}, ini = [], of = ['php', 'laravel'], engine = ['opcache'], skip = false }] of Object.entries(variants)) {
  test(`every kind of change is undone, ${variant}`, { skip }, async () => {
    const app = await isolationApp();
    await prepare(app);
    const settings = typeof ini === 'function' ? ini(app) : ini;
    const worker = await start(app, { flags: settings.flatMap((setting) => ['--ini', setting]) });
    try {
      const problems = [];
      for (const file of of) {
        const kinds = Object.entries(await worker.names(file));
        assert.ok(kinds.length > 150, `${kinds.length} kinds`);
        const result = await changeAll(worker, kinds, file);
        assert.deepEqual(result.engine, engine);
        assert.equal(result.ofEachJob, 0);
        problems.push(...result.wrong, ...result.found);
      }
      none(problems);
    } finally {
      await worker.stop();
    }
  });
}

// Some changes leave an application that cannot answer, or whose worker is replaced; most do not.
test('every property that reflection finds is put back: static ones of Laravel\'s classes, those of the container\'s objects', { skip: sanitized && 'takes more than a minute' }, async () => {
  const worker = await start(await isolationApp());
  try {
    const kinds = Object.entries(await worker.names('reflection'));
    assert.ok(kinds.length > 450, `${kinds.length} properties`);
    const { found, wrong, ofEachJob } = await changeAll(worker, kinds, 'reflection');
    none(found);
    assert.ok(ofEachJob < 60, `${ofEachJob} values are another one in each job`);
    assert.ok(wrong.length < kinds.length * 0.05, wrong.join('\n'));
  } finally {
    await worker.stop();
  }
});

// A value that PHP computes only once would be hidden by the first job that reads it.
test('what a job changes that nobody has read before is undone too', async () => {
  const app = await isolationApp();
  const files = ['php', 'laravel'];
  const first = {};
  const clean = await start(app);
  try {
    for (const file of files) first[file] = (await clean.jobs.request.read(file)).values;
  } finally {
    await clean.stop();
  }
  const { jobs, names, stop } = await start(app);
  try {
    const problems = [];
    for (const file of files) {
      for (const kind of Object.keys(await names(file))) {
        const { failed } = await jobs.request.change(file, kind, '&unseen=1');
        if (failed) problems.push(`${kind} failed: ${failed}`);
      }
    }
    for (const file of files) problems.push(...differing(first[file], (await jobs.request.read(file)).values));
    none(problems);
  } finally {
    await stop();
  }
});

// Tests the suite itself: it must detect existing leaks.
test('without isolation most of them are found', async () => {
  const app = await isolationApp();
  app.edit('config/laraman.php', "'worker' => [", "'worker' => [\n        'isolation' => 'none',");
  const { jobs, names, stop } = await start(app);
  try {
    const kinds = Object.keys(await names('laravel')).filter((name) => /^(macro|str|model|view|db|carbon)/.test(name));
    const first = (await jobs.request.read('laravel')).values;
    let found = 0;
    for (const kind of kinds) {
      const { values } = await jobs.request.change('laravel', kind);
      if (values && (await jobs.request.read('laravel')).values?.[kind] !== first[kind]) found++;
    }
    assert.ok(found > kinds.length * 0.7, `${found} of ${kinds.length}`);
  } finally {
    await stop();
  }
});
