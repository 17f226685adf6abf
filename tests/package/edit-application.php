<?php

/*
| Run in the folder of a new Laravel application that has App\Sockets\EchoSocket: gives it a user, a page that logs in and
| shows the session's cookie, and a socket behind `auth` that answers.
*/

declare(strict_types=1);

$socket = (string) file_get_contents('app/Sockets/EchoSocket.php');
file_put_contents('app/Sockets/EchoSocket.php', preg_replace(
    '~(function message\(.*?\{\s*)//~s',
    '$1$connection->send(\'said\', [\'text\' => $message->text(), \'by\' => $connection->user()->email]);',
    $socket,
));

file_put_contents('routes/sockets.php', <<<'PHP'

    Socket::route('/echo', App\Sockets\EchoSocket::class)->middleware(['web', 'auth']);
    PHP, FILE_APPEND);

file_put_contents('routes/web.php', <<<'PHP'

    Route::get('/login', fn () => 'log in')->name('login');
    Route::get('/enter', function () {
        Auth::login(App\Models\User::query()->firstOrCreate(['email' => 'ada@example.com'], ['name' => 'Ada', 'password' => 'secret']));
        session()->save();

        return config('session.cookie').'='.rawurlencode(encrypt(Illuminate\Cookie\CookieValuePrefix::create(config('session.cookie'), app('encrypter')->getKey()).session()->getId(), false));
    });
    PHP, FILE_APPEND);
