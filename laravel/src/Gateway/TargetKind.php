<?php

declare(strict_types=1);

namespace Laraman\Gateway;

/** The kind of names by which a target selects connections. */
enum TargetKind: string
{
    case Channel = 'channel';
    case User = 'user';
    case Connection = 'connection';
    case All = 'all';
}
