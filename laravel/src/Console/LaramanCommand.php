<?php

declare(strict_types=1);

namespace Laraman\Console;

use Illuminate\Console\Command;
use RuntimeException;
use Symfony\Component\Console\Input\ArgvInput;
use Symfony\Component\Console\Input\StringInput;

/**
 * `php artisan laraman ACTION …` and `php artisan laraman:ACTION …` run `laraman ACTION …` for this application. All
 * arguments are passed to the program unchanged, and the program reads the application's settings by itself.
 */
final class LaramanCommand extends Command
{
    /** Actions that are also separate artisan commands. The program has more (`laraman --help`). */
    public const ACTIONS = [
        'start' => 'Serve the application',
        'stop' => 'Stop the server after it has finished its jobs',
        'restart' => 'Stop the server if it is running, and start it',
        'reload' => 'Load new PHP code without dropping connections',
        'status' => 'Show the processes of the server',
        'connections' => 'Show the client connections',
        'logs' => 'Show the end of the log of a background server',
    ];

    /** Artisan's own options, which the program does not have. */
    private const ARTISAN = ['--ansi', '--no-ansi', '--no-interaction', '--quiet', '--silent', '--verbose', '-q', '-v', '-vv', '-vvv'];

    /** @param  string|null  $action  null: the first argument is the action */
    public function __construct(private readonly ?string $action = null)
    {
        $this->signature = $action === null ? 'laraman {action? : What to do: start, stop, restart, reload, status, connections, logs, …}' : "laraman:$action";
        $this->description = $action === null ? 'Start, stop, reload and inspect the Laraman server' : self::ACTIONS[$action];

        parent::__construct();

        $this->ignoreValidationErrors();
    }

    public function handle(Program $program, Launcher $launcher): int
    {
        if (! $program->runsHere()) {
            $this->components->error('Laraman runs on Linux. Elsewhere it runs in a container or a virtual machine with Debian.');

            return 126;
        }

        [$action, $typed] = $this->typed();

        try {
            return $launcher->run(
                $program->binary(),
                $program->arguments($action, $typed),
                $this->environment($program),
                $this->isTheProcess(),
            );
        } catch (RuntimeException $failure) {
            $this->components->error($failure->getMessage());
            $this->line('  Fetch it with: php artisan laraman:install');
            $this->line('  Or install its Debian package, or build it and name it in LARAMAN_BINARY or in config/laraman.php under "binary".');

            return 127;
        }
    }

    /** Whether artisan was started for this command; otherwise another command, such as a queue worker, has called it. */
    private function isTheProcess(): bool
    {
        return in_array($this->getName(), (array) ($_SERVER['argv'] ?? []), true);
    }

    /** The help of the program, after the description. */
    public function getProcessedHelp(): string
    {
        $program = $this->laravel->make(Program::class);

        try {
            $action = $this->action ?? self::actionIn((array) ($_SERVER['argv'] ?? []));
            $process = proc_open([$program->binary(), ...($action === null ? [] : [$action]), '--help'], [1 => ['pipe', 'w']], $pipes);
        } catch (RuntimeException $failure) {
            return $failure->getMessage();
        }

        $help = $process === false ? '' : (string) stream_get_contents($pipes[1]);

        return $help === '' ? parent::getProcessedHelp() : $help;
    }

    /**
     * The action of `artisan laraman start --help`, or of `artisan laraman -v start --help`.
     *
     * @param  array<array-key, mixed>  $argv
     */
    private static function actionIn(array $argv): ?string
    {
        $at = array_search('laraman', $argv, true);
        $behind = is_int($at) ? array_filter(array_slice($argv, $at + 1), is_string(...)) : [];

        foreach ($behind as $token) {
            if (! in_array($token, [...self::ARTISAN, '-n', '-h', '--help'], true)) {
                return str_starts_with($token, '-') ? null : $token;
            }
        }

        return null;
    }

    /**
     * The arguments after the command's name, without artisan's own options: the action, and the program's arguments.
     *
     * @return array{string|null, list<string>}
     */
    private function typed(): array
    {
        $input = $this->input instanceof ArgvInput ? $this->input : new StringInput((string) $this->input);
        $typed = [];
        $action = $this->action;
        $tokens = array_values(array_filter($input->getRawTokens(true), is_string(...)));

        for ($at = 0; $at < count($tokens); $at++) {
            $token = $tokens[$at];

            if ($token === '--env') {
                $at++;  // its value is the next argument
            } elseif (in_array($token, self::ARTISAN, true) || str_starts_with($token, '--env=') || ($token === '-n' && $action !== 'logs')) {
                continue;  // for `logs`, -n is the number of lines
            } elseif ($action === null && $typed === [] && ! str_starts_with($token, '-')) {
                $action = $token;
            } else {
                $typed[] = $token;
            }
        }

        return [$action, $typed];
    }

    /** @return array<string, string> */
    private function environment(Program $program): array
    {
        $environment = $program->environment();
        $name = $this->input->getParameterOption('--env');

        if (is_string($name) && $name !== '') {
            $environment['APP_ENV'] = $name;
        }

        return $this->input->hasParameterOption('--no-ansi') ? ['NO_COLOR' => '1'] + $environment : $environment;
    }
}
