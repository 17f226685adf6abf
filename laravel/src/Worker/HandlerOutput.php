<?php

declare(strict_types=1);

namespace Laraman\Worker;

use Closure;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Foundation\Console\CliDumper;
use Illuminate\Foundation\Http\HtmlDumper;
use ReflectionFunction;
use Symfony\Component\Console\Output\BufferedOutput;
use Symfony\Component\VarDumper\Caster\ReflectionCaster;
use Symfony\Component\VarDumper\Cloner\Data;
use Symfony\Component\VarDumper\Cloner\VarCloner;
use Symfony\Component\VarDumper\Dumper\ContextProvider\SourceContextProvider;
use Symfony\Component\VarDumper\Server\Connection;
use Symfony\Component\VarDumper\VarDumper;

use function Laraman\Native\print_to_log;

/**
 * The output of socket handlers, which have no page to print to: it goes to the server's log line by line, as plain text.
 */
final class HandlerOutput
{
    /** Maximum number of logged lines for one event, and of bytes in each line. */
    private const MOST_LINES = 200;

    private const MOST_BYTES = 2000;

    /** Default address of Symfony's dump server. */
    private const DUMP_SERVER = 'tcp://127.0.0.1:9912';

    /** Whether the code that runs now has no page to dump to. */
    private static bool $isPlain = false;

    /** From now on dumps of handlers are plain text. Called once, when the application has booted. */
    public static function install(Application $app): void
    {
        $dumper = VarDumper::setHandler(null);

        // A handler other than Laravel's, for example that of a dump server, is kept.
        VarDumper::setHandler($dumper !== null && ! self::isHtml($dumper) ? $dumper : static function (mixed $value, mixed ...$more) use ($app, $dumper): mixed {
            if (self::$isPlain) {
                self::dump($app, $value);

                return null;
            }

            if ($dumper !== null) {
                return $dumper($value, ...$more);
            }

            VarDumper::setHandler(null);

            return VarDumper::dump($value);
        });
    }

    /** Until end(), output does not go into the response: the answer to a handshake has no place for it. */
    public static function beginHandshake(): void
    {
        print_to_log();
        self::$isPlain = true;
    }

    public static function end(): void
    {
        self::$isPlain = false;
    }

    /**
     * Runs code, and logs its output.
     *
     * @param  string  $of  as in log()
     * @param  Closure(): mixed  $run
     */
    public static function collect(string $of, Closure $run): void
    {
        $level = ob_get_level();
        ob_start();
        self::$isPlain = true;

        try {
            $run();
        } finally {
            self::$isPlain = false;
            self::log(self::take($level), $of);
        }
    }

    /**
     * Begins an output buffer, so that early output of a request does not send headers. Returns the level below the buffer.
     *
     * It replaces the buffer that PHP begins if `output_buffering` is on, so that ob_flush() and flush() send its content.
     */
    public static function start(): int
    {
        if ((int) ini_get('output_buffering') !== 0) {
            ob_end_clean();
        }

        ob_start();

        return ob_get_level() - 1;
    }

    /** Returns the content of the output buffers above a level, and closes them. */
    public static function take(int $level): string
    {
        $output = '';

        while (ob_get_level() > $level && ($piece = ob_get_clean()) !== false) {
            $output = $piece.$output;
        }

        return $output;
    }

    /**
     * @param  string  $of  source of the output, in the log's "key=value" form
     */
    public static function log(string $output, string $of): void
    {
        if ($output === '') {
            return;
        }

        $lines = explode("\n", rtrim(mb_scrub($output, 'UTF-8'), "\r\n"));

        foreach (array_slice($lines, 0, self::MOST_LINES) as $line) {
            error_log("output $of: ".self::escaped(mb_strcut(rtrim($line, "\r"), 0, self::MOST_BYTES, 'UTF-8')));
        }

        if (($more = count($lines) - self::MOST_LINES) > 0) {
            error_log("output $of: ($more more lines)");
        }
    }

    /** Escapes characters that could forge a line of the log, or control a terminal. */
    private static function escaped(string $line): string
    {
        return (string) preg_replace_callback(
            '/[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/u',
            static fn (array $character): string => sprintf('\u{%x}', mb_ord($character[0], 'UTF-8')),
            $line,
        );
    }

    private static function dump(Application $app, mixed $value): void
    {
        $cloner = new VarCloner;
        $cloner->addCasters(ReflectionCaster::UNSET_CLOSURE_FILE_INFO);
        $data = $cloner->cloneVar($value);

        if (self::sendToDumpServer($app, $data)) {
            return;
        }

        $output = new BufferedOutput;
        $dumper = new CliDumper($output, $app->basePath(), $app->storagePath('framework/views'));
        $dumper->setColors(false);
        $dumper->dumpWithSource($data);
        echo $output->fetch();
    }

    /** Without a developer's terminal, dumps go to a dump server (`php artisan dump-server`), if one is listening. */
    private static function sendToDumpServer(Application $app, Data $data): bool
    {
        if (getenv('LARAMAN_TERMINAL') !== false || $app->make(Repository::class)->get('app.debug') !== true) {
            return false;
        }

        $server = getenv('VAR_DUMPER_SERVER');

        return (new Connection($server === false || $server === '' ? self::DUMP_SERVER : $server, [
            'source' => new SourceContextProvider('UTF-8', $app->basePath()),
        ]))->write($data);
    }

    private static function isHtml(callable $dumper): bool
    {
        return $dumper instanceof Closure && (new ReflectionFunction($dumper))->getClosureScopeClass()?->getName() === HtmlDumper::class;
    }
}
