#!/usr/bin/env node
// What a kept database session costs: a job with one query on MariaDB, with its session from the pool, beside the same job
// on a connection that stays open, and beside one that connects. One worker each, at the same time, asked in turns.
//
//     LARAMAN_BINARY=build/release/laraman node bench/database.js [JOBS A TURN] [TURNS]

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { probeApp } from '../tests/e2e/lib/app.js';
import { MariaDb } from '../tests/e2e/lib/databases.js';
import { Server } from '../tests/e2e/lib/server.js';

const [jobs = 2000, turns = 7] = process.argv.slice(2).map(Number);
const query = [['scalar', 'select 1']];
const open = "'persist' => ['Illuminate\\Database\\DatabaseManager::$connections'],";
const contenders = {
  'isolation none, connection stays open': { worker: "'isolation' => 'none',", steps: query },
  'connection stays open': { worker: open, steps: query },
  'session from the pool': { worker: '', steps: query },
  'connects in each job': { worker: '', steps: [...query, ['purge']] },
};

/** Microseconds of CPU that a process has used. */
const cpu = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const database = await MariaDb.start();
const env = { TEST_CONNECTIONS: JSON.stringify({ main: database.connection }), DB_CONNECTION: 'main' };
for (const contender of Object.values(contenders)) {
  const app = await probeApp();
  app.write('config/laraman.php', `<?php return ['worker' => [${contender.worker}]];`);
  contender.server = await Server.start(app, { workers: 1, env });
  contender.pid = (await contender.server.processes('worker'))[0].pid;
  contender.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  contender.turns = [];
}
const run = async ({ server, agent, steps }, count) => {
  const path = `/api/databases?steps=${encodeURIComponent(JSON.stringify(steps))}`;
  for (let n = 0; n < count; n++) {
    const { status } = await server.client().request('GET', path, { agent });
    if (status !== 200) throw new Error(`${status}`);
  }
};
for (const contender of Object.values(contenders)) await run(contender, jobs);
for (let turn = 0; turn < turns; turn++) {
  for (const contender of Object.values(contenders)) {
    const [used, begin] = [cpu(contender.pid), performance.now()];
    await run(contender, jobs);
    contender.turns.push([(cpu(contender.pid) - used) / jobs, ((performance.now() - begin) * 1000) / jobs]);
  }
}
const figures = Object.entries(contenders).map(([name, { turns: all }]) => [name, median(all.map(([used]) => used)), median(all.map(([, wall]) => wall))]);
const [, ...reference] = figures[1];
for (const [name, ...values] of figures) {
  console.log(`${name.padEnd(40)} ${['CPU', 'wall'].map((what, i) => `${what} ${values[i].toFixed(0).padStart(5)} µs (${(values[i] / reference[i]).toFixed(2)})`).join('   ')}`);
}
for (const { server, agent } of Object.values(contenders)) {
  agent.destroy();
  await server.stop();
}
await database.stop();
