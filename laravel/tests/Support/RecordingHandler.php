<?php

declare(strict_types=1);

namespace Laraman\Tests\Support;

use Illuminate\Contracts\Debug\ExceptionHandler;
use Throwable;

/**
 * Records reported exceptions; otherwise Laravel's own handler.
 */
final class RecordingHandler implements ExceptionHandler
{
    /** @var list<Throwable> */
    public array $reported = [];

    public function __construct(private readonly ExceptionHandler $handler)
    {
    }

    public function report(Throwable $e): void
    {
        $this->reported[] = $e;
    }

    public function shouldReport(Throwable $e): bool
    {
        return $this->handler->shouldReport($e);
    }

    public function render($request, Throwable $e)
    {
        return $this->handler->render($request, $e);
    }

    public function renderForConsole($output, Throwable $e): void
    {
        $this->handler->renderForConsole($output, $e);
    }
}
