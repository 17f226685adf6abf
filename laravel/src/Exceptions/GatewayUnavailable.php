<?php

declare(strict_types=1);

namespace Laraman\Exceptions;

use RuntimeException;

/**
 * The gateway could not be reached, or did not answer in time. Commands already sent may or may not have arrived.
 */
final class GatewayUnavailable extends RuntimeException
{
}
