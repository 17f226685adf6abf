<?php

declare(strict_types=1);

// A resident script whose jobs have tasks done by children. ?do=NAME: how.

use Laraman\Native\RequestJob;

use function Laraman\Native\isolate;
use function Laraman\Native\respond;
use function Laraman\Native\run_tasks;
use function Laraman\Native\serve;

final class State
{
    public static array $list = ['boot'];

    public static ?object $loud = null;
}

final class Loud
{
    public function __construct(public array $list)
    {
    }

    public function __destruct()
    {
        State::$list[] = 'destructed';
    }
}

isolate();

serve(static function (RequestJob $job): void {
    State::$list[] = 'of the caller';
    State::$loud = new Loud([&State::$list]);
    $cycle = new Loud([]);
    $cycle->list[] = $cycle;
    $stream = fopen('php://memory', 'r+');
    fwrite($stream, 'text');
    ini_set('precision', '3');
    $tasks = [
        'state' => static function (string $input): string {
            $seen = json_encode([$input, State::$list, ini_get('precision'), ob_get_level()]);
            State::$list[] = $input;
            State::$loud = new Loud([$input]);

            return $seen;
        },
        'exit' => static fn (): string => exit('out'),
        'throw' => static fn (): string => throw new LogicException('thrown'),
        'fatal' => static fn (): string => eval('class State {}'),
        'late' => static fn (): string => (string) sleep(20),
        'nested' => static fn (string $input): string => json_encode(run_tasks(static fn (string $inner): string => "$inner of $input", ['inner'], 5)),
        'large' => static fn (): string => str_repeat('x', 1_000_000),
    ];
    $do = $job->query['do'];
    $answers = run_tasks($tasks[$do], ['a' => 'first', 'b' => 'second'], $do === 'late' ? 0.3 : 10);
    if ($do === 'large') {
        $answers = array_map(static fn (array $answer): array => [strlen($answer[0]), $answer[1]], $answers);
    }
    rewind($stream);
    respond(200, [], json_encode([$answers, State::$list, ini_get('precision'), fread($stream, 10)]));
});
