// The real program, serving a copy of an application on a free port.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { binary, cleanEnvironment } from './app.js';
import { Browserless } from './http.js';
import { freePort, until, within } from './workspace.js';

const running = new Set();
process.on('exit', () => running.forEach((server) => server.process.kill('SIGKILL')));

/** Runs `laraman …` to its end; returns {code, output, signal}. */
export function laraman(args, { cwd, env, seconds = 60 } = {}) {
  const child = spawn(binary, args.map(String), { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  return within(seconds, `laraman ${args.join(' ')}`, ended(child)).finally(() => child.kill('SIGKILL'));
}

/** The same for another program. */
export function run(program, args, { cwd, env, seconds = 60 } = {}) {
  const child = spawn(program, args.map(String), { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  return within(seconds, `${program} ${args.join(' ')}`, ended(child)).finally(() => child.kill('SIGKILL'));
}

function ended(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { output += bytes; });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

export class Server {
  /**
   * Starts `laraman start` in the foreground and waits until it is ready.
   *
   * @param flags further flags, such as ['--heartbeat', 1]
   */
  static async start(app, { loops = 1, workers = 2, port = null, flags = [], env = {}, scheme = 'http', url = null } = {}) {
    if (!existsSync(binary)) throw new Error(`there is no ${binary}: run ./dev build, or name the program in LARAMAN_BINARY`);
    port ??= await freePort();
    const args = ['start', '--app', app.folder, '--port', port, '--loops', loops, '--workers', workers, ...flags];
    const child = spawn(binary, args.map(String), { cwd: '/', env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    return Server.#begun(app, child, port, url ?? `${scheme}://127.0.0.1:${port}`);
  }

  /** The same with an inherited listening socket `fd`, as from systemd. */
  static activated(app, fd, port, { loops = 2 } = {}) {
    const command = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"';
    const args = ['-c', command, binary, 'start', '--app', app.folder, '--loops', String(loops), '--workers', '2'];
    const child = spawn('sh', args, { cwd: '/', env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe', fd] });
    return Server.#begun(app, child, port, `http://127.0.0.1:${port}`);
  }

  static async #begun(app, child, port, url) {
    const server = new Server(app, child, port, url);
    running.add(server);
    await server.#ready();
    return server;
  }

  constructor(app, child, port, url) {
    this.app = app;
    this.port = port;
    this.process = child;
    this.log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { this.log += bytes; });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
    this.url = url;
  }

  /** A client with separate cookies. */
  client() {
    return new Browserless(this.port);
  }

  /** Runs `laraman COMMAND` for this server's application; returns {code, output}. */
  command(command, ...flags) {
    return laraman([command, '--app', this.app.folder, ...flags]);
  }

  async status() {
    const { code, output } = await this.command('status', '--json');
    if (code !== 0) throw new Error(`laraman status: ${output}`);
    return JSON.parse(output);
  }

  /** The processes of a role, as `status` describes them. */
  async processes(role) {
    return (await this.status()).processes.filter((process) => process.role === role);
  }

  /** Stops the server with TERM, as an operator would, and returns {code, signal}. */
  async stop() {
    if (!running.has(this)) return this.ended;
    this.process.kill('SIGTERM');
    try {
      return await within(20, 'the end of the server', this.ended);
    } catch (error) {
      this.process.kill('SIGKILL');
      throw new Error(`${error.message}\n${this.log}`);
    }
  }

  async #ready() {
    let code = null;
    this.ended.then((end) => { code = end.code ?? end.signal; });
    await until('the word that it serves', () => {
      if (code !== null) throw new Error(`laraman start ended with ${code}:\n${this.log}`);
      return this.log.includes(`Laraman serves ${this.app.folder} on ${this.url}`);
    }, 60).catch((error) => {
      this.process.kill('SIGKILL');
      throw new Error(`${error.message}\n${this.log}`);
    });
  }
}
