<?php

declare(strict_types=1);

namespace App\Isolation;

use Closure;
use Throwable;

/**
 * What jobs may leave behind: kinds by name, each with a closure that changes it and one that reads it.
 */
final class Kinds
{
    /** @return array<string, array{0: Closure(): mixed, 1: Closure(): mixed, blind?: true}> */
    private static function all(): array
    {
        return array_merge(...array_values(self::files()));
    }

    /** @return array<string, array<string, array{0: Closure(): mixed, 1: Closure(): mixed, blind?: true}>> */
    private static function files(): array
    {
        return ['php' => require base_path('isolation/php.php'), 'laravel' => require base_path('isolation/laravel.php')];
    }

    /** @return array<string, array<string, list<string>>> flags by file and name */
    public static function names(): array
    {
        $flags = static fn (array $kind): array => array_values(array_filter(array_keys($kind), is_string(...)));

        return array_map(static fn (array $kinds): array => array_map($flags, $kinds), self::files());
    }

    /** @return array<string, string> digests by name */
    public static function read(?string $only = null): array
    {
        $values = [];

        foreach (self::all() as $name => $kind) {
            if ($only === null || $name === $only) {
                $values[$name] = self::valueOf($kind[1]);
            }
        }

        return $values;
    }

    /**
     * Changes it, and notes in a file what it was and what it is: some changes break the answer.
     *
     * @param  bool  $unseen  it changes it, and does not look
     */
    public static function change(string $name, bool $unseen = false): void
    {
        $file = base_path('change.json');
        [$change, $read] = self::all()[$name];
        $before = $unseen ? null : self::valueOf($read);

        try {
            $change();
            $note = ['values' => $unseen ? null : [$before, self::valueOf($read)], 'pid' => getmypid()];
        } catch (Throwable $e) {
            $note = ['failed' => $e::class.': '.$e->getMessage().' at '.basename($e->getFile()).':'.$e->getLine()];
        }

        file_put_contents($file, json_encode($note, JSON_THROW_ON_ERROR));
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
