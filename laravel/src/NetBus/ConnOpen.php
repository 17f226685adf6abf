<?php

declare(strict_types=1);

namespace Laraman\NetBus;

use JsonSerializable;

/**
 * A client has connected to a gateway.
 */
final class ConnOpen implements JsonSerializable
{
    use AsProtobufJson;

    public function __construct(
        private readonly string $uniqId,
        private readonly string $rawQuery = '',
        private readonly string $xForwardedFor = '',
        private readonly string $xRealIp = '',
        private readonly string $remoteAddr = '',
    ) {
    }

    public function getUniqId(): string
    {
        return $this->uniqId;
    }

    public function getRawQuery(): string
    {
        return $this->rawQuery;
    }

    public function getXForwardedFor(): string
    {
        return $this->xForwardedFor;
    }

    public function getXRealIp(): string
    {
        return $this->xRealIp;
    }

    public function getRemoteAddr(): string
    {
        return $this->remoteAddr;
    }

    protected function members(): array
    {
        return [
            'uniqId' => $this->uniqId,
            'rawQuery' => $this->rawQuery,
            'xForwardedFor' => $this->xForwardedFor,
            'xRealIp' => $this->xRealIp,
            'remoteAddr' => $this->remoteAddr,
        ];
    }
}
