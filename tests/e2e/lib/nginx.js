// nginx with its own configuration, in front of a server under test.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, launch } from './child.js';
import { freePort, temporaryFolder, until } from './workspace.js';

export class Nginx {
  /** `server`: lines in the server block besides `listen`; `http`: lines beside the server block. */
  static async start(server, http = '') {
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
  include /etc/nginx/mime.types;
  access_log off;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${http}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`);
    const child = launch('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]);
    await until('nginx', () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false), 10);
    return new Nginx(port, child);
  }

  constructor(port, process) {
    Object.assign(this, { port, process });
  }

  async stop() {
    await end(this.process);
  }
}
