// Laravel applications to serve: copies in temporary folders, so that tests can edit code and do not share data.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './workspace.js';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '../../..');
const chat = join(root, 'examples/chat');
const probe = join(here, '../probe');
const starter = join(here, '../starter');

const templates = new Map();

export class App {
  constructor(folder) {
    this.folder = folder;
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  read(file) {
    return existsSync(this.path(file)) ? readFileSync(this.path(file), 'utf8') : '';
  }

  write(file, text) {
    writeFileSync(this.path(file), text);
  }

  /** Replaces text in a file; the text must exist. */
  edit(file, from, to) {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    this.write(file, text.replace(from, to));
  }

  get laravelLog() {
    return this.read('storage/logs/laravel.log');
  }

  /** Runs artisan; returns {code, output}. */
  artisan(...args) {
    return new Promise((resolve) => {
      execFile('php', ['artisan', '--no-ansi', ...args], { cwd: this.folder, env: cleanEnvironment() }, (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? 1) : 0, output: stdout + stderr });
      });
    });
  }
}

/** The environment without variables of another server or application. */
export function cleanEnvironment(more = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LARAMAN_|APP_|DB_|LOG_|SESSION_|CACHE_|QUEUE_|NODE_|npm_)/.test(name));
  return { ...Object.fromEntries(kept), LARAMAN_BINARY: binary, ...more };
}

export const binary = process.env.LARAMAN_BINARY ?? process.env.LARAMAN_BIN ?? join(root, 'build/release/laraman');

/** The program runs under AddressSanitizer and without PHP's own allocator, so without a memory limit and with a heap that grows. */
export const sanitized = process.env.LARAMAN_SANITIZED === '1';

/** A copy of examples/chat, freshly installed: Ada and Grace, three rooms. */
export async function chatApp() {
  if (!templates.has('chat')) templates.set('chat', await install(chat, copyChat));
  return copyOf(templates.get('chat'));
}

/** A copy of tests/e2e/probe: routes and sockets that each do one unusual thing. */
export async function probeApp() {
  if (!templates.has('probe')) templates.set('probe', await install(probe, copyProbe));
  return copyOf(templates.get('probe'));
}

/** The probe with the routes and the socket of the isolation tests: /isolation/…. */
export async function isolationApp() {
  const app = await probeApp();
  app.edit('bootstrap/providers.php', 'return [', 'return [\n    App\\Providers\\IsolationServiceProvider::class,');
  return app;
}

/** A copy of an application that tests/apps/make has created. */
export function copyOfApp(name) {
  const made = join(root, 'build/apps', name);
  const app = new App(join(temporaryFolder(), 'app'));
  cpSync(made, app.folder, { recursive: true, filter: (path) => ![join(made, 'vendor'), join(made, 'node_modules')].includes(path) });
  linkVendor(app.folder, join(made, 'vendor'));
  return app;
}

/** Laravel's skeleton with the packages and the overlay of tests/e2e/starter: ada and grace. */
export async function starterApp() {
  if (!templates.has('starter')) {
    templates.set('starter', await install(starter, copyStarter, join(starter, 'vendor'), [
      ['package:discover'], ['key:generate'],
      ...['sanctum-migrations', 'permission-migrations', 'activitylog-migrations'].map((tag) => ['vendor:publish', `--tag=${tag}`]),
      ['migrate', '--force', '--seed'],
    ]));
  }
  return copyOf(templates.get('starter'));
}

async function install(source, copy, vendor = join(chat, 'vendor'), commands = [['app:install']]) {
  const app = new App(join(temporaryFolder(), 'app'));
  copy(app.folder);
  makeStorage(app.folder);
  linkVendor(app.folder, vendor);
  for (const command of commands) {
    const { code, output } = await app.artisan(...command);
    if (code !== 0) throw new Error(`${command.join(' ')} of ${source}: ${output}`);
  }
  return app;
}

function copyOf(template) {
  const app = new App(join(temporaryFolder(), 'app'));
  cpSync(template.folder, app.folder, { recursive: true, verbatimSymlinks: true });
  rmSync(app.path('public/storage'), { force: true });
  symlinkSync('../storage/app/public', app.path('public/storage'));
  return app;
}

function copyChat(folder) {
  mkdirSync(folder);
  for (const part of ['app', 'artisan', 'bootstrap', 'composer.json', 'config', 'database', 'public', 'resources', 'routes', '.env.example']) {
    cpSync(join(chat, part), join(folder, part), { recursive: true, filter: (path) => !/\.sqlite|public\/storage$/.test(path) });
  }
}

function copyProbe(folder) {
  cpSync(probe, folder, { recursive: true });
  cpSync(join(chat, 'artisan'), join(folder, 'artisan'));
  cpSync(join(chat, 'public/index.php'), join(folder, 'public/index.php'));
  mkdirSync(join(folder, 'bootstrap/cache'), { recursive: true });
}

function copyStarter(folder) {
  cpSync(join(starter, 'vendor/laravel/laravel'), folder, { recursive: true });
  cpSync(join(starter, 'overlay'), folder, { recursive: true });
  cpSync(join(folder, '.env.example'), join(folder, '.env'));
  writeFileSync(join(folder, 'database/database.sqlite'), '');
}

function makeStorage(folder) {
  for (const part of ['app/public', 'framework/cache/data', 'framework/sessions', 'framework/views', 'logs']) {
    mkdirSync(join(folder, 'storage', part), { recursive: true });
  }
}

// Composer's own files are copied, since they find App\ relative to themselves; the packages are linked.
function linkVendor(folder, from) {
  const to = join(folder, 'vendor');
  if (!existsSync(join(from, 'autoload.php'))) throw new Error(`there is no ${from}: run ./dev setup`);
  mkdirSync(join(to, 'composer'), { recursive: true });
  cpSync(join(from, 'autoload.php'), join(to, 'autoload.php'));
  for (const entry of readdirSync(join(from, 'composer'), { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(from, 'composer', entry.name), join(to, 'composer', entry.name));
  }
  for (const name of readdirSync(from)) {
    if (!['autoload.php', 'composer', 'bin'].includes(name)) symlinkSync(join(from, name), join(to, name));
  }
}
