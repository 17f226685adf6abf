// The same application under nginx and php-fpm, with separate configurations and an unprivileged port.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, launch } from './child.js';
import { Browserless } from './http.js';
import { Nginx } from './nginx.js';
import { temporaryFolder, until } from './workspace.js';

export class PhpFpm {
  /** `ready`: a path that the application answers with 200. */
  static async start(app, { children: workers = 2, ready = '/api/ping' } = {}) {
    const folder = temporaryFolder();
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
    const fpm = launch(phpFpm(), ['--nodaemonize', ...(isRoot ? ['--allow-to-run-as-root'] : []), '--fpm-config', join(folder, 'fpm.conf')]);
    const nginx = await fastCgiPass(app, [join(folder, 'fpm.sock')]);
    const server = new PhpFpm(app, nginx, fpm);
    await until('an answer of nginx and php-fpm', async () => {
      try {
        return (await server.client().get(ready)).status === 200;
      } catch {
        return false;
      }
    }, 20);
    return server;
  }

  constructor(app, nginx, process) {
    Object.assign(this, { app, nginx, process, port: nginx.port });
  }

  client() {
    return new Browserless(this.port);
  }

  async stop() {
    await this.nginx.stop();
    await end(this.process);
  }
}

/** nginx that passes an application's requests to FastCGI servers at these Unix sockets. */
export function fastCgiPass(app, sockets) {
  return Nginx.start(`
    root ${app.path('public')};
    client_max_body_size 1g;
    large_client_header_buffers 8 64k;
    fastcgi_buffers 16 32k;
    fastcgi_buffer_size 64k;
    location / { try_files $uri /index.php?$query_string; }
    location ~ ^/index\\.php(/|$) {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME ${app.path('public/index.php')};
      fastcgi_param SCRIPT_NAME /index.php;
      fastcgi_param HTTP_HOST $http_host;
      fastcgi_pass php;
    }`, `upstream php { ${sockets.map((path) => `server unix:${path};`).join(' ')} }`);
}

function phpFpm() {
  const name = readdirSync('/usr/sbin').filter((entry) => /^php-fpm[\d.]*$/.test(entry)).sort().at(-1);
  if (!name || !existsSync('/usr/sbin/nginx')) throw new Error('nginx and php-fpm are needed: run ./dev setup');
  return join('/usr/sbin', name);
}
