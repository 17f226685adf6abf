<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The same application under nginx + php-fpm, with their configurations in the scratch folder. */
final class PhpFpm
{
    public readonly int $port;

    private readonly Server $fpm;

    private readonly Server $nginx;

    public function __construct(private readonly Machine $machine, private readonly ExampleApplication $application)
    {
        $this->port = $machine->freePort();
        $asRoot = posix_geteuid() === 0 ? ['--allow-to-run-as-root'] : [];
        $this->fpm = new Server($machine, 'php-fpm', [
            $this->program('php-fpm'), '--nodaemonize', ...$asRoot, '--fpm-config', $this->write('php-fpm.conf', $this->fpmConfiguration()),
        ]);
        $this->nginx = new Server($machine, 'nginx', [
            $this->program('nginx'), '-p', $machine->scratch, '-c', $this->write('nginx.conf', $this->nginxConfiguration()),
        ]);
        $this->nginx->waitForAnswer("http://127.0.0.1:$this->port".ExampleApplication::JSON_ROUTES[0]);
    }

    /** @return array<string, list<int>> */
    public function roles(): array
    {
        return $this->nginx->roles(['nginx' => 'nginx']) + $this->fpm->roles(['php' => 'php-fpm']);
    }

    /** Both programs are in /usr/sbin, which may not be in the PATH; php-fpm's name contains the version of PHP. */
    private function program(string $name): string
    {
        $versioned = $name.PHP_MAJOR_VERSION.'.'.PHP_MINOR_VERSION;
        foreach (["/usr/sbin/$versioned", "/usr/sbin/$name"] as $path) {
            if (is_executable($path)) {
                return $path;
            }
        }
        throw new \RuntimeException("$name is not installed: ./dev setup");
    }

    private function write(string $name, string $contents): string
    {
        $path = "{$this->machine->scratch}/$name";
        file_put_contents($path, $contents);

        return $path;
    }

    private function fpmConfiguration(): string
    {
        $environment = '';
        foreach ($this->application->environment() as $name => $value) {
            $environment .= "env[$name] = \"$value\"\n";
        }
        $scratch = $this->machine->scratch;
        $workers = Laraman::WORKERS;
        $user = posix_geteuid() === 0 ? "user = root\ngroup = root\n" : '';

        return <<<INI
            [global]
            pid = $scratch/php-fpm.pid
            error_log = $scratch/php-fpm-error.log

            [www]
            $user
            listen = $scratch/php-fpm.sock
            pm = static
            pm.max_children = $workers
            php_admin_value[opcache.enable] = 1
            $environment
            INI;
    }

    private function nginxConfiguration(): string
    {
        $scratch = $this->machine->scratch;
        $user = posix_geteuid() === 0 ? 'user root;' : '';
        $public = "{$this->machine->example}/public";

        return <<<NGINX
            $user
            daemon off;
            worker_processes 1;
            pid $scratch/nginx.pid;
            error_log $scratch/nginx-error.log;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path $scratch/nginx-body;
                fastcgi_temp_path $scratch/nginx-fastcgi;
                proxy_temp_path $scratch/nginx-proxy;
                uwsgi_temp_path $scratch/nginx-uwsgi;
                scgi_temp_path $scratch/nginx-scgi;
                server {
                    listen 127.0.0.1:$this->port;
                    root $public;
                    location / {
                        try_files \$uri /index.php?\$query_string;
                    }
                    location = /index.php {
                        include /etc/nginx/fastcgi_params;
                        fastcgi_param SCRIPT_FILENAME $public/index.php;
                        fastcgi_pass unix:$scratch/php-fpm.sock;
                    }
                }
            }
            NGINX;
    }
}
