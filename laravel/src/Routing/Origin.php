<?php

declare(strict_types=1);

namespace Laraman\Routing;

use Illuminate\Http\Request;

/**
 * Data of the handshake's request for message middleware: its URL and the client's address.
 */
final class Origin
{
    /**
     * @param  string  $root  scheme and host: "https://example.com"
     * @param  string  $address  the client's address, as trusted proxies report it
     * @param  string  $query  the query string as sent, in ASCII
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
