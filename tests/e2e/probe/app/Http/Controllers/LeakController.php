<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Leaks\Leaks;
use App\Models\User;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Pagination\Paginator;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Cookie;
use Illuminate\Support\Facades\Gate;
use Illuminate\Support\Facades\Route;

final class LeakController
{
    public function logIn(Request $request, string $name): JsonResponse
    {
        Auth::login(User::query()->where('name', $name)->firstOrFail());
        $request->session()->regenerate();

        return response()->json(['user' => Auth::user()?->name]);
    }

    /** Returns the marks of other users and the current user, and leaves a mark. */
    public function show(Request $request, string $name): JsonResponse
    {
        $found = Leaks::found($name);
        $own = [
            'user' => Auth::user()?->name,
            'user of the request' => $request->user()?->name,
            'user by injection' => app(Request::class)->user()?->name,
            'gate' => Gate::allows('be', $name),
            'session' => $request->session()->get('mark'),
            'header' => request()->header('X-Mark'),
            'superglobals' => [$_GET, $_SERVER['HTTP_X_MARK'] ?? null, $_SERVER['REQUEST_URI'] ?? null],
            'route' => Route::current()?->parameter('name'),
            'page' => Paginator::resolveCurrentPage(),
            'path' => Paginator::resolveCurrentPath(),
            'view' => view('who')->render(),
        ];

        Leaks::leave($name);
        $request->session()->put('mark', $name);
        Cookie::queue('mark', $name);

        return response()->json(['found' => $found, 'own' => $own, 'pid' => getmypid()]);
    }
}
