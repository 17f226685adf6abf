<?php

declare(strict_types=1);

namespace Laraman\Worker\Learning;

use Illuminate\Foundation\Application;

/**
 * Something that jobs make again and again, and that can be made once, in the state in which no job is.
 */
interface Habit
{
    /** A job is over, and its state still there. */
    public function note(Application $app): void;

    /** Whether something was noted that is not made yet. */
    public function hasNew(): bool;

    /** Makes all that was noted. Nothing that a job itself has made is kept: it is made by the framework's own code. */
    public function make(Application $app): void;

    /** How many there are. */
    public function count(): int;
}
