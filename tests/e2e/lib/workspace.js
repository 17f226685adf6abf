// Temporary folders, ports and waiting.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = [];

process.on('exit', () => {
  if (process.env.LARAMAN_KEEP) return console.error(`kept: ${folders.join(' ')}`);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed when the process ends, unless LARAMAN_KEEP is set. Its path is short: Unix sockets live there. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'lm-'));
  folders.push(folder);
  return folder;
}

/** A TCP port of 127.0.0.1 that no process listens on. A folder reserves it, until this process ends, from other test files. */
export async function freePort() {
  for (;;) {
    const port = await unusedPort();
    const reservation = join(tmpdir(), `lm-port-${port}`);
    try {
      mkdirSync(reservation);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      continue;
    }
    folders.push(reservation);
    return port;
  }
}

function unusedPort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls the function until its result is truthy, and returns the result. Fails after `seconds`, naming `what`. */
export async function until(what, ask, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}

/** The result of a promise, or an error that names `what` after `seconds`. */
export function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
