<?php

declare(strict_types=1);

namespace App\Isolation;

use Closure;
use Illuminate\Contracts\Container\Container;
use ReflectionFunction;
use ReflectionObject;
use UnitEnum;

/**
 * Describes a value as text, which is equal in all jobs for equal values: it has no addresses and no object numbers.
 */
final class Digest
{
    private const DEPTH = 6;

    /** Results of framework code that a worker computes once for all jobs, after jobs have used them. */
    public const LEARNED = ['wildcardsCache', 'nameCache'];

    /** @var array<int, int> */
    private array $seen = [];

    public static function of(mixed $value): string
    {
        $text = (new self)->text($value, self::DEPTH);

        return mb_scrub(strlen($text) > 300 ? substr($text, 0, 200).'… '.md5($text) : $text, 'UTF-8');
    }

    /** @param  array<array-key, mixed>  $values */
    private function list(array $values, int $depth): string
    {
        $parts = [];

        foreach ($values as $key => $value) {
            $parts[] = "$key: ".$this->text($value, $depth - 1);
        }

        return implode(', ', $parts);
    }

    private function text(mixed $value, int $depth): string
    {
        return match (true) {
            is_array($value) => $depth === 0 ? 'array('.count($value).')' : '['.$this->list($value, $depth).']',
            $value instanceof UnitEnum => $value::class."::$value->name",
            is_object($value) => $this->object($value, $depth),
            is_resource($value) => 'resource of '.get_resource_type($value),
            default => get_debug_type($value) === 'resource (closed)' ? 'closed' : var_export($value, true),
        };
    }

    private function object(object $value, int $depth): string
    {
        $known = $this->seen[spl_object_id($value)] ?? null;

        if ($known !== null || $depth === 0 || $value instanceof Container || Framework::livesOn($value)) {
            return self::nameOf($value).($known === null ? '' : " #$known");
        }

        $this->seen[spl_object_id($value)] = count($this->seen);
        $properties = $value instanceof Closure ? (new ReflectionFunction($value))->getStaticVariables() : self::properties($value);

        return self::nameOf($value).' {'.$this->list($properties, $depth).'}';
    }

    private static function nameOf(object $value): string
    {
        if (! $value instanceof Closure) {
            return strtok($value::class, "\0") ?: '';
        }

        $function = new ReflectionFunction($value);

        return 'Closure '.basename((string) $function->getFileName()).':'.$function->getStartLine();
    }

    /** @return array<string, mixed> all of an object, private ones of its parents too */
    private static function properties(object $value): array
    {
        $properties = [];

        for ($class = new ReflectionObject($value); $class !== false; $class = $class->getParentClass()) {
            foreach ($class->getProperties() as $property) {
                if (! $property->isStatic() && $property->getDeclaringClass()->name === $class->name && ! in_array($property->name, self::LEARNED, true)) {
                    $properties[$property->name] = $property->isInitialized($value) ? $property->getValue($value) : 'uninitialized';
                }
            }
        }

        return $properties;
    }
}
