<?php

/*
 * Counts the cases that a test run has executed: php tests/tally.php RESULTS SUITE…
 *
 * RESULTS/SUITE holds the suite's results: JUnit files of GoogleTest, PHPUnit or Node, ctest.xml of ctest, lines
 * "passed NAME" or "failed NAME" in cases.txt, its log, and its exit code in `status`. A suite that failed without a
 * failed case, or that ran none, counts as one failure. The last line is "N passed, N failed".
 */

declare(strict_types=1);

final class Tally
{
    public int $passed = 0;

    public int $skipped = 0;

    /** @var list<string> */
    public array $failures = [];

    public function __construct(private readonly string $folder)
    {
        foreach (glob("$folder/*.xml") ?: [] as $file) {
            $this->readJunit($file);
        }
        foreach (is_file("$folder/cases.txt") ? (file("$folder/cases.txt", FILE_IGNORE_NEW_LINES) ?: []) : [] as $line) {
            [$outcome, $name] = explode(' ', $line, 2);
            $this->count($name, failed: $outcome !== 'passed');
        }
        $status = is_file("$folder/status") ? trim((string) file_get_contents("$folder/status")) : 'none';
        if ($this->failures === [] && $status !== '0') {
            $this->failures[] = "(the suite ended with exit code $status)";
        } elseif ($this->failures === [] && $this->passed === 0) {
            $this->failures[] = '(no test ran)';
        }
    }

    private function readJunit(string $file): void
    {
        $junit = @simplexml_load_file($file);
        if ($junit === false) {
            $this->failures[] = basename($file).' (cannot be read)';

            return;
        }
        foreach ($junit->xpath('//testcase') ?: [] as $case) {
            $name = (string) $case['name'];
            if (basename($file) === 'ctest.xml' && $this->reportedByItself($name)) {
                continue;
            }
            $class = (string) ($case['classname'] ?? '');
            $name = in_array($class, ['', 'test', $name], true) ? $name : "$class: $name";
            if (isset($case->skipped) || (string) $case['status'] === 'notrun') {
                $this->skipped++;
            } else {
                $this->count($name, failed: isset($case->failure) || isset($case->error));
            }
        }
    }

    /** ctest reports whole programs: a program counts only if it ended before it reported its own cases. */
    private function reportedByItself(string $program): bool
    {
        return is_file("$this->folder/{$program}_test.xml");
    }

    private function count(string $name, bool $failed): void
    {
        if ($failed) {
            $this->failures[] = $name;
        } else {
            $this->passed++;
        }
    }
}

$results = $argv[1];
$passed = 0;
$failed = 0;
echo "\n";
foreach (array_slice($argv, 2) as $suite) {
    $tally = new Tally("$results/$suite");
    $passed += $tally->passed;
    $failed += count($tally->failures);
    $skipped = $tally->skipped > 0 ? ", $tally->skipped skipped" : '';
    printf("%-6s %5d passed, %d failed%s\n", $suite, $tally->passed, count($tally->failures), $skipped);
    foreach ($tally->failures as $name) {
        echo "       FAILED $name\n";
    }
    if ($tally->failures !== []) {
        $log = is_file("$results/$suite/log") ? (file("$results/$suite/log") ?: []) : [];
        echo "       the end of $results/$suite/log:\n";
        foreach (array_slice($log, -40) as $line) {
            echo "       | $line";
        }
    }
}
echo "\n$passed passed, $failed failed\n";
exit($failed === 0 && $passed > 0 ? 0 : 1);
