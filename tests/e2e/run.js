// Runs the test files two at a time, then those of `alone` one after the other, prints a line for each test, and writes
// JUnit files to the folder $LARAMAN_JUNIT if that is set. `npm test -- chat reload` runs the files with these names.

import { createWriteStream, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { junit } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
// Tests with real applications need downloads: LARAMAN_TESTS=apps runs only these.
const folders = process.env.LARAMAN_TESTS ? [`../${process.env.LARAMAN_TESTS}`] : ['../conformance', '.', '../faults'];
const files = folders.map((folder) => join(here, folder))
  .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.test.js')).map((name) => join(folder, name)))
  .filter((file) => wanted.length === 0 || wanted.some((name) => basename(file).startsWith(name)));

// These files have bounds for delays that another file's load would exceed, or load the machine themselves. No file
// shares anything else with another: each has its own applications, folders and ports.
const alone = {
  close: 'a silent client is closed within half a second of its deadline',
  concurrently: 'tasks fail within a second, and dispatching takes less than 250 ms',
  flood: 'echoes within a second during floods',
  frozen: 'answers within a second of their deadline',
  'head-of-line': 'compares the p99 of echoes with and without a slow request',
  http: 'the time of LARAVEL_START to 250 ms',
  jobs: 'answers within 600 ms of their deadline',
  load: 'wrk takes a whole core',
  octane: 'tasks of 300 ms run side by side',
};

const junitFolder = process.env.LARAMAN_JUNIT;
if (junitFolder) mkdirSync(junitFolder, { recursive: true });
const counts = { passed: 0, failed: 0, skipped: 0 };

// Files that mostly wait run in parallel with the others.
const waiting = files.filter((file) => file.endsWith('.waiting.test.js'));
const beside = waiting.map(runFile);
const others = files.filter((file) => !waiting.includes(file));
const shared = others.filter((file) => !(groupOf(file) in alone));
const lane = async () => {
  while (shared.length > 0) await runFile(shared.shift());
};
await Promise.all([lane(), lane()]);
for (const file of others.filter((one) => groupOf(one) in alone)) await runFile(file);
await Promise.all(beside);

console.log(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
process.exit(counts.failed || counts.passed + counts.skipped === 0 ? 1 : 0);

function groupOf(file) {
  return basename(file).split('.')[0];
}

async function runFile(file) {
  const path = [];
  const began = Date.now();
  const events = run({ files: [file], concurrency: 1, timeout: 600_000 })
    .on('test:start', ({ name, nesting }) => {
      path.length = nesting;
      path.push(name);
    })
    .on('test:pass', (event) => record(file, path, event, null))
    .on('test:fail', (event) => record(file, path, event, event.details.error))
    .on('test:stdout', ({ message }) => process.stdout.write(message))
    .on('test:stderr', ({ message }) => process.stderr.write(message));
  if (junitFolder) {
    await finished(events.compose(junit).pipe(createWriteStream(join(junitFolder, `${basename(file, '.test.js')}.xml`))));
  } else {
    await finished(events.resume(), { writable: false });
  }
  console.log(`# ${groupOf(file)}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function record(file, path, event, error) {
  const { name, nesting, details } = event;
  const isSuite = details.type === 'suite' || name === file || name === basename(file);
  const cause = error?.cause ?? error;
  if (isSuite && (!error || error.failureType === 'subtestsFailed')) return;

  const title = [...path.slice(0, nesting).filter((part) => part !== file), name].join(', ');
  const outcome = error ? 'failed' : event.skip !== undefined && event.skip !== false ? 'skipped' : 'passed';
  const seconds = (details.duration_ms ?? 0) / 1000;
  counts[outcome]++;
  console.log(`${{ passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[outcome]} ${groupOf(file)}: ${title} (${seconds.toFixed(1)} s)${outcome === 'skipped' ? `: ${event.skip}` : ''}`);
  if (error) console.log(String(cause?.stack ?? cause).replace(/^/gm, '     '));
}
