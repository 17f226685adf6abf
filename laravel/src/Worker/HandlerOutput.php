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
 * What code prints that has no page to print to, the methods of a socket handler: it is plain text, and goes to the
 * server's log line by line.
 */
final class HandlerOutput
{
    /** Lines of one event that are logged, and bytes of each. */
    private const MOST_LINES = 200;

    private const MOST_BYTES = 2000;

    /** Where Symfony's dump server listens by default. */
    private const DUMP_SERVER = 'tcp://127.0.0.1:9912';

    /** Whether what dumps now is none of a page's. */
    private static bool $isPlain = false;

    /** From now on dumps of handlers are plain text. Once, when the application has booted. */
    public static function install(Application $app): void
    {
        $dumper = VarDumper::setHandler(null);

        // Another one than Laravel's, of a dump server say, is left alone.
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

    /** What a handshake prints is none of its answer's, which has no place for it. Until end(). */
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
     * Runs code, and logs what it prints.
     *
     * @param  string  $of  as of log()
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
     * What a request echoes must not send the headers before there are any. Gives the level below the buffer.
     *
     * It takes the place of the one that PHP begins where `output_buffering` is on, so that ob_flush() and flush() send
     * what is in it.
     */
    public static function start(): int
    {
        if ((int) ini_get('output_buffering') !== 0) {
            ob_end_clean();
        }

        ob_start();

        return ob_get_level() - 1;
    }

    /** Takes what is in the output buffers above a level, and closes them. */
    public static function take(int $level): string
    {
        $output = '';

        while (ob_get_level() > $level && ($piece = ob_get_clean()) !== false) {
            $output = $piece.$output;
        }

        return $output;
    }

    /**
     * @param  string  $of  what printed it, in the log's "key=value" form
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

    /** What could forge a line of the log, or command a terminal, is written as its code. */
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

    /** Where the server has no terminal of the developer's: to a dump server (`php artisan dump-server`), if one listens. */
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
