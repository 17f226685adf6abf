// `laraman gateway --echo` on a free port.

import { spawn } from 'node:child_process';
import { binary } from '../../e2e/lib/app.js';
import { until, within } from '../../e2e/lib/workspace.js';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export async function startGateway(flags) {
  const child = spawn(binary, ['gateway', '--echo', '--port', '0', ...flags.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { log += bytes; });
  const ended = new Promise((resolve) => child.on('close', (code) => {
    running.delete(child);
    resolve(code);
  }));
  const port = Number(await until('the gateway serves', () => {
    if (child.exitCode !== null) throw new Error(`laraman gateway ended:\n${log}`);
    return log.match(/gateway serves address=127\.0\.0\.1:(\d+)/)?.[1];
  }));
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      const code = await within(15, 'the end of the gateway', ended);
      if (code !== 0) throw new Error(`laraman gateway ended with ${code}:\n${log}`);
    },
  };
}
