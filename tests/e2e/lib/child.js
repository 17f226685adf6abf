// Programs that run beside the server under test; they are killed if the test run ends first.

import { spawn } from 'node:child_process';
import { cleanEnvironment } from './app.js';

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export function launch(program, args) {
  const child = spawn(program, args, { env: cleanEnvironment(), stdio: 'ignore' });
  children.add(child);
  return child;
}

/** Ends the process with SIGTERM, and waits for its end. */
export async function end(child) {
  child.kill('SIGTERM');
  await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.on('exit', resolve) : resolve()));
  children.delete(child);
}
