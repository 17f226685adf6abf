<?php

declare(strict_types=1);

namespace Laraman\Tests\App\Sockets;

enum Suit: string
{
    case Hearts = 'hearts';
    case Spades = 'spades';
}
