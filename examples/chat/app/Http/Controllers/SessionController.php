<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use Illuminate\Contracts\View\View;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Validation\ValidationException;

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
        Auth::logout(); // closes this browser's sockets too, in all windows
        $request->session()->invalidate();
        $request->session()->regenerateToken();

        return redirect()->route('login');
    }
}
