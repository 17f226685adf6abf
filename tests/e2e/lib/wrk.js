// wrk as a load generator that counts each status separately.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './server.js';
import { temporaryFolder } from './workspace.js';

// wrk's own summary has one number for all statuses above 399. A script can read its thread's globals at the end.
const script = `
local thread
function setup(it) thread = it end
function init() statuses = '' end
function response(status)
  if status ~= 200 then statuses = statuses .. status .. ' ' end
end
function done(summary)
  local errors = summary.errors
  io.write(string.format('RESULT %d %d %d %d %d %s\\n', summary.requests, errors.connect, errors.read, errors.write,
    errors.timeout, thread:get('statuses')))
end
`;

/**
 * GETs `url` for `seconds` on `connections` keep-alive connections.
 *
 * @returns {requests, broken: connections that failed, late: requests without an answer for 2 s, failed: statuses other than 200}
 */
export async function wrk(url, { seconds = 3, connections = 16 } = {}) {
  const file = join(temporaryFolder(), 'statuses.lua');
  writeFileSync(file, script);
  const { code, output } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', file, url]);
  const result = output.match(/^RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (.*)$/m);
  if (code !== 0 || !result) throw new Error(`wrk ended with ${code}: ${output}`);
  const [requests, connect, read, write, late] = result.slice(1, 6).map(Number);
  return { requests, broken: connect + read + write, late, failed: result[6].split(' ').filter(Boolean).map(Number) };
}
