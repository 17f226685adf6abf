// The same application under nginx and php-fpm, with configurations of their own and unprivileged ports.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './app.js';
import { Browserless } from './http.js';
import { freePort, temporaryFolder, until } from './workspace.js';

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export class PhpFpm {
  static async start(app, { children: workers = 2 } = {}) {
    const folder = temporaryFolder();
    const port = await freePort();
    const isRoot = process.getuid() === 0;
    writeFileSync(join(folder, 'fpm.conf'), `
[global]
error_log = ${folder}/fpm.log
[www]
${isRoot ? 'user = root\ngroup = root' : ''}
listen = ${folder}/fpm.sock
pm = static
pm.max_children = ${workers}
catch_workers_output = yes
`);
    writeFileSync(join(folder, 'nginx.conf'), `
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 128; }
http {
  access_log off;
  ${['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${app.path('public')};
    location / { try_files $uri /index.php?$query_string; }
    location = /index.php {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME ${app.path('public/index.php')};
      fastcgi_pass unix:${folder}/fpm.sock;
    }
  }
}
`);
    const server = new PhpFpm(app, port, [
      launch(phpFpm(), ['--nodaemonize', ...(isRoot ? ['--allow-to-run-as-root'] : []), '--fpm-config', join(folder, 'fpm.conf')]),
      launch('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]),
    ]);
    await until('an answer of nginx and php-fpm', async () => {
      try {
        return (await server.client().get('/api/ping')).status === 200;
      } catch {
        return false;
      }
    }, 20);
    return server;
  }

  constructor(app, port, processes) {
    Object.assign(this, { app, port, processes });
  }

  client() {
    return new Browserless(this.port);
  }

  async stop() {
    for (const child of this.processes) {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.on('exit', resolve) : resolve()));
      children.delete(child);
    }
  }
}

function launch(program, args) {
  const child = spawn(program, args, { env: cleanEnvironment(), stdio: 'ignore' });
  children.add(child);
  return child;
}

function phpFpm() {
  const name = readdirSync('/usr/sbin').filter((entry) => /^php-fpm[\d.]*$/.test(entry)).sort().at(-1);
  if (!name || !existsSync('/usr/sbin/nginx')) throw new Error('nginx and php-fpm are needed: run ./dev setup');
  return join('/usr/sbin', name);
}
