// nginx with a configuration of its own, in front of whatever a test wants.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './app.js';
import { freePort, temporaryFolder, until } from './workspace.js';

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export class Nginx {
  /** `server`: what stands in the server block besides `listen`. */
  static async start(server) {
    const folder = temporaryFolder();
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 128; }
http {
  access_log off;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`);
    const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { env: cleanEnvironment(), stdio: 'ignore' });
    children.add(child);
    await until('nginx', () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false), 10);
    return new Nginx(port, child);
  }

  constructor(port, process) {
    Object.assign(this, { port, process });
  }

  async stop() {
    const end = new Promise((resolve) => this.process.on('exit', resolve));
    this.process.kill('SIGTERM');
    await end;
    children.delete(this.process);
  }
}
