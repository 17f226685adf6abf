<?php

declare(strict_types=1);

namespace Laraman\Socket;

use Illuminate\Contracts\Session\Session;
use Illuminate\Http\Request;
use Illuminate\Session\Middleware\StartSession;

/**
 * Laravel's middleware, which also records the session's log-ins at the beginning of a request: the request may end a log-in
 * without ever resolving its user.
 */
final class NoteLogins extends StartSession
{
    /** The attribute of the request. */
    private const NAME = 'laraman.logins';

    /**
     * @param  Session  $session
     * @return Session
     */
    protected function startSession(Request $request, $session)
    {
        $session = parent::startSession($request, $session);
        $request->attributes->set(self::NAME, self::of($session));

        return $session;
    }

    /** Whether the session has lost a log-in since the request began, or a log-in has another user. */
    public static function haveEnded(Request $request): bool
    {
        /** @var array<string, string> $before */
        $before = (array) $request->attributes->get(self::NAME, []);

        return $before !== [] && $request->hasSession() && array_diff_assoc($before, self::of($request->session())) !== [];
    }

    /** @return array<string, string> the identifier of each guard's user, by its key in the session */
    private static function of(Session $session): array
    {
        $logins = [];

        foreach ($session->all() as $name => $identifier) {
            if (is_scalar($identifier) && preg_match('/^login_.+_[0-9a-f]{40}$/s', (string) $name) === 1) {  // like SessionGuard::getName()
                $logins[(string) $name] = (string) $identifier;
            }
        }

        return $logins;
    }
}
