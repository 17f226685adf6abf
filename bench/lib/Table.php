<?php

declare(strict_types=1);

namespace Laraman\Bench;

/** The table that a bench run prints, as readable Markdown. */
final class Table
{
    private const HEAD = ['what', 'a second', 'CPU µs each', 'of which', 'p50 µs', 'p99 µs', 'compared'];

    /** @var list<list<string>> */
    private array $rows = [];

    public function add(string $what, Figures $figures, string $compared = ''): void
    {
        $roles = [];
        foreach (count($figures->cpu) > 1 ? $figures->cpu : [] as $role => $cpu) {
            $roles[] = sprintf('%s %s', $role, self::number($cpu));
        }
        $this->rows[] = [
            $what,
            number_format($figures->perSecond),
            self::number($figures->cpuInAll()),
            implode(', ', $roles),
            self::number($figures->p50),
            self::number($figures->p99),
            $compared,
        ];
    }

    /** Adds a row with a figure other than speed. */
    public function addNote(string $what, string $value): void
    {
        $this->rows[] = [$what, '', '', '', '', '', $value];
    }

    public function asText(): string
    {
        $widths = array_map(
            fn (int $column): int => max(array_map(mb_strlen(...), array_column([self::HEAD, ...$this->rows], $column))),
            array_keys(self::HEAD),
        );
        $line = static fn (array $cells): string => '| '.implode(' | ', array_map(
            static fn (string $cell, int $width): string => $cell.str_repeat(' ', $width - mb_strlen($cell)),
            $cells,
            $widths,
        ))." |\n";

        return $line(self::HEAD)
            .$line(array_map(static fn (int $width): string => str_repeat('-', $width), $widths))
            .implode('', array_map($line, $this->rows));
    }

    private static function number(?float $number): string
    {
        return $number === null ? '' : number_format($number, $number < 100 ? 2 : 0);
    }
}
