<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Http\Request;

/**
 * What message middleware may ask of the handshake's request: where it went, and where it came from.
 */
final class Origin
{
    /**
     * @param  string  $root  scheme and host: "https://example.com"
     * @param  string  $address  the client's, as far as trusted proxies tell
     * @param  string  $query  as it was sent, in ASCII
     */
    public function __construct(public readonly string $root, public readonly string $address = '', public readonly string $query = '')
    {
    }

    public static function of(Request $request): self
    {
        $query = $request->server->get('QUERY_STRING', '');

        return new self(
            $request->getSchemeAndHttpHost(),
            (string) $request->ip(),
            (string) preg_replace_callback('/[^\x21-\x7e]/', static fn (array $byte): string => rawurlencode($byte[0]), is_string($query) ? $query : ''),
        );
    }
}
