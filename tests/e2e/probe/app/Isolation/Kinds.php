<?php

declare(strict_types=1);

namespace App\Isolation;

use Closure;
use LogicException;
use Throwable;

/**
 * State that jobs may leave behind: kinds by name, each with a closure that changes it and one that reads it.
 */
final class Kinds
{
    /** @return array<string, array{0: Closure(): mixed, 1: Closure(): mixed, blind?: true}> */
    private static function all(string $file): array
    {
        return require base_path("isolation/$file.php");
    }

    /** @return array<string, list<string>> flags by name */
    public static function names(string $file): array
    {
        return array_map(static fn (array $kind): array => array_values(array_filter(array_keys($kind), is_string(...))), self::all($file));
    }

    /** @return array<string, string> digests by name */
    public static function read(string $file): array
    {
        return array_map(static fn (array $kind): string => self::valueOf($kind[1]), self::all($file));
    }

    /**
     * Changes a kind, and records the values before and after in a file, since some changes break the response.
     *
     * @param  bool  $unseen  it changes it, and does not look
     */
    public static function change(string $file, string $name, bool $unseen = false): void
    {
        $notes = base_path('change.json');
        [$change, $read] = self::all($file)[$name] ?? [null, null];
        $before = $unseen || $read === null ? null : self::valueOf($read);

        try {
            $change === null ? throw new LogicException('There is no such kind in this job.') : $change();
            $note = ['values' => $unseen ? null : [$before, self::valueOf($read)], 'pid' => getmypid()];
        } catch (Throwable $e) {
            $note = ['failed' => $e::class.': '.$e->getMessage().' at '.basename($e->getFile()).':'.$e->getLine()];
        }

        file_put_contents($notes, json_encode($note, JSON_THROW_ON_ERROR));
    }

    private static function valueOf(Closure $read): string
    {
        try {
            return Digest::of($read());
        } catch (Throwable $e) {
            return 'thrown: '.$e::class.' '.$e->getMessage();
        }
    }
}
