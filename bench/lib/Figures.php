<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The figures of one run, or the medians of several runs. */
final class Figures
{
    /**
     * @param  array<string, float>  $cpu  µs for each message or request, by role
     * @param  ?float  $p50  µs that half of them waited at most; null where nothing was waited for
     * @param  ?float  $p99  the same of 99 %
     * @param  array<string, float>  $notes  figures of one kind of load alone
     */
    public function __construct(
        public readonly float $perSecond,
        public readonly array $cpu,
        public readonly ?float $p50 = null,
        public readonly ?float $p99 = null,
        public readonly array $notes = [],
    ) {
    }

    public function cpuInAll(): float
    {
        return array_sum($this->cpu);
    }

    /** @param  non-empty-list<Figures>  $runs */
    public static function median(array $runs): self
    {
        return new self(
            self::medianOf(array_column($runs, 'perSecond')),
            self::mediansOf(array_column($runs, 'cpu')),
            self::latency($runs, 'p50'),
            self::latency($runs, 'p99'),
            self::mediansOf(array_column($runs, 'notes')),
        );
    }

    /** @param  non-empty-list<Figures>  $runs */
    private static function latency(array $runs, string $which): ?float
    {
        $values = array_values(array_filter(array_column($runs, $which), is_float(...)));

        return $values === [] ? null : self::medianOf($values);
    }

    /**
     * @param  non-empty-list<array<string, float>>  $runs
     * @return array<string, float> the median of each key
     */
    private static function mediansOf(array $runs): array
    {
        $medians = [];
        foreach (array_keys($runs[0]) as $name) {
            $medians[$name] = self::medianOf(array_column($runs, $name));
        }

        return $medians;
    }

    /** @param  non-empty-list<float>  $values */
    public static function medianOf(array $values): float
    {
        sort($values);
        $middle = intdiv(count($values), 2);

        return count($values) % 2 === 1 ? $values[$middle] : ($values[$middle - 1] + $values[$middle]) / 2;
    }
}
