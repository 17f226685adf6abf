<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Isolation\Ending;
use App\Isolation\Kinds;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\DB;
use RuntimeException;
use stdClass;

use function App\Isolation\kept;

final class IsolationController
{
    public function names(string $file): JsonResponse
    {
        return new JsonResponse(Kinds::names($file));
    }

    public function read(string $file): JsonResponse
    {
        $status = opcache_get_status(false) ?: [];
        $engine = array_keys(array_filter([
            'opcache' => $status['opcache_enabled'] ?? false,
            'jit' => $status['jit']['on'] ?? false,
            'preloading' => isset($status['preload_statistics']),
        ]));

        return new JsonResponse(['values' => Kinds::read($file), 'pid' => getmypid(), 'engine' => $engine]);
    }

    public function change(Request $request, string $file): JsonResponse
    {
        Kinds::change($file, $request->query->getString('kind'), $request->query->has('unseen'));

        return new JsonResponse;
    }

    /** Changes a number of kinds, starting with a given one, and dies. */
    public function die(Request $request, string $file): never
    {
        foreach (array_slice(array_keys(Kinds::names($file)), $request->query->getInt('from'), $request->query->getInt('count')) as $kind) {
            Kinds::change($file, $kind);
        }

        DB::connection()->getPdo()->exec('BEGIN EXCLUSIVE');
        kept()->any = [fopen(__FILE__, 'r'), Ending::generator(), new Ending];
        $request->query('how') === 'memory' ? str_repeat('x', 1 << 40) : eval('class stdClass {}');
        exit;
    }

    /** Ends, or does not end, in an unusual way. */
    public function end(string $how): JsonResponse
    {
        match ($how) {
            'destructor' => kept()->any = new Ending(static fn () => throw new RuntimeException('thrown in a destructor')),
            'destructors' => kept()->any = array_map(static fn () => new Ending(static fn () => kept()->text .= 'x'), range(1, 50)),
            'cycle' => Ending::cycle(100),
            'generator' => kept()->any = Ending::generator(),
            'fiber' => kept()->any = Ending::fiber(),
            'buffers' => [ob_start(), print 'for nobody', ob_start(static fn (string $text): string => strrev($text))],
            'descriptors' => kept()->any = [tmpfile(), fopen(__FILE__, 'r'), stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0)],
            'closure' => app()->terminating(static fn () => kept()->array[] = new Ending),
            'view' => view('who')->render(),
            'fatal' => eval('class stdClass {}'),
            'memory' => str_repeat('x', 1 << 40),
            'exit' => exit,
        };

        return new JsonResponse($how);
    }

    /** The number of objects, and PHP's memory use. */
    public function weigh(): JsonResponse
    {
        $memory = memory_get_usage();

        return new JsonResponse(['objects' => self::countObjects(), 'memory' => $memory, 'pid' => getmypid()]);
    }

    /**
     * New objects first take free numbers, in any order, and then consecutive numbers, which shows that all lower numbers are
     * taken.
     */
    private static function countObjects(): int
    {
        for ($new = [], $highest = 0, $row = 0; $row < 200; $row = $id === $highest + 1 ? $row + 1 : 0, $highest = max($highest, $id)) {
            $id = spl_object_id($new[] = new stdClass);
        }

        return $highest - count($new);
    }
}
