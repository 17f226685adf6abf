<?php

declare(strict_types=1);

namespace Laraman\Gateway;

/** By what a target names its connections. */
enum TargetKind: string
{
    case Channel = 'channel';
    case User = 'user';
    case Connection = 'connection';
    case All = 'all';
}
