<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Models\User;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;

/**
 * "Pick a name and chat."
 */
final class RegistrationController
{
    public function store(Request $request): RedirectResponse
    {
        $user = User::create($request->validateWithBag('register', [
            'name' => ['required', 'string', 'min:2', 'max:30', 'regex:/^[\pL\pN][\pL\pN ._-]*$/u', 'unique:users'],
            'password' => ['nullable', 'string', 'min:4', 'max:72'],
        ], [
            'name.unique' => 'Somebody has that name already.',
            'name.regex' => 'A name starts with a letter or digit.',
        ]));

        Auth::login($user, remember: true);
        $request->session()->regenerate();

        return redirect()->intended();
    }
}
