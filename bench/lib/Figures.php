<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** What one run measured, or the medians of several. */
final class Figures
{
    /** @param  array<string, float>  $cpu  µs for each message or request, by role */
    public function __construct(
        public readonly float $perSecond,
        public readonly array $cpu,
        public readonly float $p50,
        public readonly float $p99,
    ) {
    }

    public function cpuInAll(): float
    {
        return array_sum($this->cpu);
    }

    /** @param  non-empty-list<Figures>  $runs */
    public static function median(array $runs): self
    {
        $cpu = [];
        foreach (array_keys($runs[0]->cpu) as $role) {
            $cpu[$role] = self::medianOf(array_map(static fn (Figures $run): float => $run->cpu[$role], $runs));
        }

        return new self(
            self::medianOf(array_column($runs, 'perSecond')),
            $cpu,
            self::medianOf(array_column($runs, 'p50')),
            self::medianOf(array_column($runs, 'p99')),
        );
    }

    /** @param  non-empty-list<float>  $values */
    public static function medianOf(array $values): float
    {
        sort($values);
        $middle = intdiv(count($values), 2);

        return count($values) % 2 === 1 ? $values[$middle] : ($values[$middle - 1] + $values[$middle]) / 2;
    }
}
