// MariaDB, PostgreSQL, Redis and Memcached, each with its data and its Unix socket in a temporary folder. They run as an
// unprivileged user, which two of them require.

import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from './server.js';
import { Socket } from './socket.js';
import { freePort, temporaryFolder, until } from './workspace.js';

const isRoot = process.getuid() === 0;
const NOBODY = 65534;
const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

class DatabaseServer {
  constructor() {
    this.folder = temporaryFolder();
    if (isRoot) chownSync(this.folder, NOBODY, NOBODY);
    this.log = '';
  }

  /** Starts the server, also after stop() or kill(). */
  async start() {
    const [program, ...args] = this.command();
    const child = spawn(program, args, { cwd: this.folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...user });
    running.add(child);
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { this.log += bytes; });
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => { this.log += error; });
      child.on('close', () => {
        running.delete(child);
        resolve();
      });
    });
    await until(`an answer of ${program}`, () => {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`${program}: ${this.log}`);
      return this.answers();
    }, 30);
  }

  async stop(signal = this.stopSignal ?? 'SIGTERM') {
    this.child.kill(signal);
    await this.ended;
  }

  /** Kills the server: its clients lose their sessions. */
  async restart() {
    await this.stop();
    await this.start();
  }

  run(program, args, input = '') {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: this.folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, input, encoding: 'utf8', ...user });
    if (status !== 0) throw new Error(`${program}: ${stderr}${stdout}`);
    return stdout.trim();
  }
}

export class MariaDb extends DatabaseServer {
  static async start() {
    const server = new MariaDb();
    server.run('mariadb-install-db', ['--no-defaults', `--datadir=${server.folder}/data`, '--auth-root-authentication-method=normal', '--skip-test-db']);
    await server.start();
    server.sql('CREATE DATABASE app; CREATE DATABASE tenant');
    return server;
  }

  get socket() {
    return join(this.folder, 'db.sock');
  }

  /** Of Laravel's configuration. */
  get connection() {
    return { driver: 'mariadb', unix_socket: this.socket, host: 'localhost', database: 'app', username: 'root', password: '', charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci', prefix: '', strict: true };
  }

  command() {
    return ['mariadbd', '--no-defaults', `--datadir=${this.folder}/data`, `--socket=${this.socket}`, `--pid-file=${this.folder}/pid`, '--skip-networking',
      '--innodb-buffer-pool-size=16M', '--innodb-flush-log-at-trx-commit=0'];
  }

  answers() {
    return spawnSync('mariadb-admin', ['--no-defaults', `--socket=${this.socket}`, '--user=root', 'ping']).status === 0;
  }

  sql(sql) {
    return this.run('mariadb', ['--no-defaults', `--socket=${this.socket}`, '--user=root', '--skip-column-names', ...(existsSync(`${this.folder}/data/app`) ? ['app'] : [])], sql);
  }

  /** Ends a session from outside. */
  end(session) {
    this.sql(`KILL ${session}`);
  }
}

export class PostgreSql extends DatabaseServer {
  stopSignal = 'SIGINT'; // does not wait for its clients

  static async start() {
    const server = new PostgreSql();
    server.run(join(postgresFolder(), 'initdb'), ['--pgdata=data', '--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-sync']);
    await server.start();
    for (const name of ['app', 'tenant']) server.sql(`CREATE DATABASE ${name}`, 'postgres');
    return server;
  }

  /** Of Laravel's configuration. */
  get connection() {
    return { driver: 'pgsql', host: this.folder, database: 'app', username: 'postgres', password: '', charset: 'utf8', prefix: '', search_path: 'public' };
  }

  command() {
    return [join(postgresFolder(), 'postgres'), '-D', 'data', '-k', this.folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=16MB'];
  }

  answers() {
    return spawnSync(join(postgresFolder(), 'pg_isready'), ['-h', this.folder]).status === 0;
  }

  sql(sql, database = 'app') {
    return this.run(join(postgresFolder(), 'psql'), ['-h', this.folder, '-U', 'postgres', '-At', '-q', '-v', 'ON_ERROR_STOP=1', database], sql);
  }

  /** Ends a session from outside. */
  end(session) {
    this.sql(`SELECT pg_terminate_backend(${session}, 5000)`);
  }
}

function postgresFolder() {
  const parent = '/usr/lib/postgresql';
  const version = existsSync(parent) ? readdirSync(parent).sort().at(-1) : undefined;
  if (version === undefined) throw new Error('PostgreSQL is needed: run ./dev setup test');
  return join(parent, version, 'bin');
}

export class RedisServer extends DatabaseServer {
  static async start() {
    const server = new RedisServer();
    await server.start();
    return server;
  }

  get socket() {
    return join(this.folder, 'redis.sock');
  }

  command() {
    return ['redis-server', '--port', '0', '--unixsocket', this.socket, '--save', '', '--dir', this.folder];
  }

  answers() {
    return spawnSync('redis-cli', ['-s', this.socket, 'ping']).status === 0;
  }

  cli(...args) {
    return this.run('redis-cli', ['-s', this.socket, ...args]);
  }
}

export class MemcachedServer extends DatabaseServer {
  static async start() {
    const server = new MemcachedServer();
    server.port = await freePort();
    await server.start();
    return server;
  }

  command() {
    return ['memcached', '-l', '127.0.0.1', '-p', String(this.port), '-U', '0', '-t', '1', ...(isRoot ? ['-u', 'nobody'] : [])];
  }

  answers() {
    return this.log === '' && spawnSync('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${this.port}`]).status === 0;
  }
}

/** One worker of the probe application, whose requests and events do steps with databases and caches. */
export class DatabaseJobs {
  static async start(app, env) {
    const jobs = new DatabaseJobs();
    jobs.server = await Server.start(app, { workers: 1, env });
    jobs.client = jobs.server.client();
    try {
      await jobs.openSocket();
    } catch (error) {
      await jobs.server.stop();
      throw error;
    }
    return jobs;
  }

  async openSocket() {
    this.socket = await Socket.open(this.server, '/databases');
  }

  async request(...steps) {
    const { status, body } = await this.client.get(`/api/databases?steps=${encodeURIComponent(JSON.stringify(steps))}`);
    return status === 200 && body.startsWith('[') ? JSON.parse(body) : [status, body];
  }

  async event(...steps) {
    if (this.socket.ws.readyState !== this.socket.ws.OPEN) await this.openSocket();
    return Promise.race([this.socket.ask(JSON.stringify(steps)).then(JSON.parse), this.socket.closed]);
  }

  async stop() {
    this.socket.ws.terminate();
    await this.server.stop();
  }
}
