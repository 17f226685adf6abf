<?php

declare(strict_types=1);

namespace Laraman\Octane;

use IteratorAggregate;
use Traversable;

/**
 * Storage of Octane's cache store, shared by all workers: a file for each record.
 *
 * @implements IteratorAggregate<string, array{value: string, expiration: int}>
 */
final class CacheTable implements IteratorAggregate
{
    public function __construct(private readonly string $directory)
    {
    }

    /** @return array{value: string, expiration: int}|false */
    public function get(string $key): array|false
    {
        return self::read($this->path($key))[1] ?? false;
    }

    /** @param  array{value: string, expiration: int}  $record */
    public function set(string $key, array $record): bool
    {
        is_dir($this->directory) || @mkdir($this->directory, 0o700, true);
        $path = $this->path($key);
        $new = $path.'.'.getmypid();

        return file_put_contents($new, serialize([$key, $record])) !== false && rename($new, $path);
    }

    public function del(string $key): bool
    {
        return @unlink($this->path($key));
    }

    public function getIterator(): Traversable
    {
        foreach (glob($this->directory.'/*.record') ?: [] as $path) {
            if (($record = self::read($path)) !== null) {
                yield $record[0] => $record[1];
            }
        }
    }

    private function path(string $key): string
    {
        return $this->directory.'/'.hash('xxh128', $key).'.record';
    }

    /** @return array{string, array{value: string, expiration: int}}|null */
    private static function read(string $path): ?array
    {
        $content = @file_get_contents($path);
        /** @var array{string, array{value: string, expiration: int}}|false $record */
        $record = $content === false ? false : unserialize($content, ['allowed_classes' => false]);

        return $record === false ? null : $record;
    }
}
