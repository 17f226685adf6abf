<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Sockets\ChatSocket;
use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Validation\ValidationException;
use Laraman\Facades\Gateway;

/**
 * Logging in and out.
 */
final class SessionController
{
    public function create(): View
    {
        return view('login');
    }

    public function store(Request $request): RedirectResponse
    {
        $credentials = $request->validate(['name' => ['required', 'string'], 'password' => ['required', 'string']]);

        if (! Auth::attempt($credentials, remember: true)) {
            throw ValidationException::withMessages(['password' => __('auth.failed')]);
        }

        $request->session()->regenerate();

        return redirect()->intended();
    }

    public function destroy(Request $request): RedirectResponse
    {
        $channel = ChatSocket::sessionChannel($request->session()->getId());

        Auth::logout();
        $request->session()->invalidate();
        $request->session()->regenerateToken();

        // Whoever logs out leaves the rooms too, in all windows. Where no server runs there are none.
        rescue(static fn () => Gateway::channel($channel)->close(4401, 'Logged out'));

        return redirect()->route('login');
    }
}
