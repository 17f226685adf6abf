<?php

declare(strict_types=1);

namespace Laraman\Gateway;

/**
 * A set of connections: those of channels or users, single connections, or all; minus excluded connections.
 */
final class Target
{
    /**
     * @param  list<string>  $names  channels, users or connection ids
     * @param  list<string>  $except  connection ids to exclude
     */
    public function __construct(
        public readonly TargetKind $kind,
        public readonly array $names = [],
        public readonly array $except = [],
    ) {
    }

    /** @param  list<string>  $connections */
    public function without(array $connections): self
    {
        return new self($this->kind, $this->names, array_values(array_unique([...$this->except, ...$connections])));
    }
}
