<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Models\User;
use Generator;
use Illuminate\Auth\AuthenticationException;
use Illuminate\Contracts\Support\Responsable;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Http\StreamedEvent;
use Illuminate\Http\UploadedFile;
use Illuminate\Support\Collection;
use Illuminate\Support\Facades\Cookie;
use RuntimeException;
use Symfony\Component\HttpFoundation\BinaryFileResponse;
use Symfony\Component\HttpFoundation\Cookie as SymfonyCookie;
use Symfony\Component\HttpFoundation\StreamedJsonResponse;
use Symfony\Component\HttpFoundation\StreamedResponse;

/**
 * The routes of tests/e2e/oracle.test.js, which requests them under php-fpm and under Laraman.
 */
final class OracleController
{
    /** Everything that the application can see of a request. */
    public function echo(Request $request): JsonResponse
    {
        $names = '/^(HTTP_(?!CONTENT_(LENGTH|TYPE)$)|CONTENT_|REQUEST_(METHOD|URI|SCHEME)$|QUERY_STRING$|SCRIPT_|PHP_SELF$|PHP_AUTH|PATH_|DOCUMENT_ROOT$|SERVER_PROTOCOL$|GATEWAY_INTERFACE$|HTTPS$|REMOTE_ADDR$)/';
        $server = array_filter($_SERVER, static fn (mixed $value, string|int $name): bool => $value !== '' && preg_match($names, (string) $name) === 1, ARRAY_FILTER_USE_BOTH);
        ksort($server);

        return new JsonResponse([
            'method' => $request->method(),
            'real method' => $request->getRealMethod(),
            'path' => $request->path(),
            'decoded path' => $request->decodedPath(),
            'path info' => $request->getPathInfo(),
            'base url' => $request->getBaseUrl(),
            'segments' => $request->segments(),
            'url' => $request->fullUrl(),
            'host' => $request->getHttpHost(),
            'scheme' => $request->getScheme(),
            'query' => $request->query(),
            'post' => $request->post(),
            'all' => array_diff_key($request->all(), $request->allFiles()),
            'json' => $request->isJson() ? $request->json()->all() : null,
            'files' => self::describeFiles($request->allFiles()),
            'cookies' => $request->cookies->all(),
            'body' => ['bytes' => strlen($request->getContent()), 'md5' => md5($request->getContent())],
            'globals' => ['get' => $_GET, 'post' => $_POST, 'cookie' => $_COOKIE, 'request' => $_REQUEST, 'files' => self::withoutPaths($_FILES)],
            'headers' => Collection::make($request->headers->all())->sortKeys()->all(),
            'server' => $server,
            'user' => [$request->getUser(), $request->getPassword(), $request->bearerToken()],
            'wants' => [$request->wantsJson(), $request->ajax(), $request->format(), $request->prefers(['text/html', 'application/json'])],
            'parameters' => $request->route()?->parameters(),
        ], 200, [], JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRETTY_PRINT);
    }

    public function upload(Request $request): JsonResponse
    {
        $request->validate(['file' => ['required', 'file', 'max:64', 'mimes:txt']]);
        $file = $request->file('file');

        return new JsonResponse(['name' => $file->getClientOriginalName(), 'valid' => $file->isValid(), 'content' => $file->getContent()]);
    }

    public function status(int $status): Response
    {
        return new Response("status $status", $status, ['X-Status' => $status]);
    }

    public function text(string $type): Response
    {
        return match ($type) {
            'plain' => new Response('plain', 200, ['Content-Type' => 'text/plain']),
            'empty' => new Response(''),
            'zero' => new Response('0'),
            'html' => new Response('<p>ünïcode</p>'),
            'latin1' => new Response("caf\xe9", 200, ['Content-Type' => 'text/html; charset=iso-8859-1']),
            'bytes' => new Response(implode('', array_map(chr(...), range(0, 255))), 200, ['Content-Type' => 'application/octet-stream']),
            'large' => new Response(str_repeat('0123456789abcdef', 65_536), 200, ['Content-Type' => 'text/plain']),
            'no-type' => tap(new Response('no type'), static fn (Response $response) => $response->headers->remove('Content-Type')),
            'length' => new Response('with its length', 200, ['Content-Length' => '15']),
            'array' => new Response(['an' => 'array', 'slash' => '/']),
            default => abort(404, "no $type"),
        };
    }

    public function plain(string $what): mixed
    {
        return match ($what) {
            'string' => 'a string',
            'array' => ['a' => 1, 'b' => ['c' => null]],
            'null' => null,
            'number' => '12',
            'model' => new User(['name' => 'ada']),
            'collection' => collect([1, 2, 3]),
            'responsable' => new class implements Responsable
            {
                public function toResponse($request): Response
                {
                    return new Response('from a responsable', 202);
                }
            },
            'stringable' => str('a stringable'),
            'view' => view('who'),
            'no-content' => response()->noContent(),
            'jsonp' => response()->json(['a' => 1])->setCallback($_GET['callback'] ?? 'call'),
            default => abort(404),
        };
    }

    public function headers(string $what): Response
    {
        $response = new Response('headers');

        match ($what) {
            'several' => $response->headers->set('X-Several', ['one', 'two', 'three']),
            'links' => $response->headers->set('Link', ['</a.css>; rel=preload', '</b.js>; rel=preload']),
            'empty' => $response->headers->set('X-Empty', ''),
            'long' => $response->headers->set('X-Long', str_repeat('long ', 1000)),
            'unicode' => $response->headers->set('X-Unicode', 'grün – ✓'),
            'case' => $response->headers->set('x-lOWER-Case', 'kept'),
            'many' => array_map(static fn (int $n) => $response->headers->set("X-Many-$n", (string) $n), range(1, 60)),
            'vary' => $response->headers->set('Vary', ['Accept', 'Accept-Language']),
            'server' => $response->headers->add(['Server' => 'mine', 'X-Powered-By' => 'mine', 'Via' => '1.1 mine']),
            'date' => $response->headers->set('Date', 'Sun, 06 Nov 1994 08:49:37 GMT'),
            'cache' => $response->setPublic()->setMaxAge(60)->setSharedMaxAge(120),
            'expires' => $response->headers->set('Expires', 'Thu, 01 Jan 1970 00:00:00 GMT'),
            'hop' => $response->headers->add(['X-Before' => '1', 'Connection' => 'X-Before', 'Keep-Alive' => 'timeout=1', 'Upgrade' => 'h2c']),
            'native' => (static function (): void {
                header('X-Native: one');
                header('X-Native: two', false);
                header('x-other: kept');
                header_remove('x-other');
            })(),
            'native-status' => http_response_code(202),
            'native-cookie' => setcookie('native', 'a value; with=signs', ['path' => '/', 'samesite' => 'Lax', 'httponly' => true]),
            'native-type' => header('Content-Type: text/csv'),
            default => abort(404),
        };

        return $response;
    }

    public function cookies(string $what): Response
    {
        $response = new Response('cookies');

        return match ($what) {
            'many' => (static function () use ($response): Response {
                foreach (range(1, 25) as $n) {
                    $response->cookie("cookie-$n", "value $n");
                }

                return $response;
            })(),
            'attributes' => $response->cookie('full', 'v', 60, '/oracle', 'oracle.test', true, true, false, 'strict'),
            'raw' => $response->withCookie(SymfonyCookie::create('raw', 'a=b%20c&d')->withRaw()),
            'partitioned' => $response->withCookie(SymfonyCookie::create('part')->withValue('1')->withSecure()->withPartitioned()),
            'forget' => $response->withoutCookie('gone'),
            'queue' => tap($response, static fn () => Cookie::queue('queued', 'later', 5)),
            'same-name' => $response->withCookie(SymfonyCookie::create('twin', '1', 0, '/a'))->withCookie(SymfonyCookie::create('twin', '2', 0, '/b')),
            'odd' => $response->withCookie(SymfonyCookie::create('odd', "ü \"',;\\")),
            default => abort(404),
        };
    }

    public function redirect(Request $request, string $what): RedirectResponse
    {
        return match ($what) {
            'to' => redirect('/oracle/echo?x=1&y=ü'),
            'route' => redirect()->route('oracle.named', ['status' => 204]),
            'away' => redirect()->away('https://elsewhere.test/path?q=a b#fragment', 307),
            'permanent' => redirect('/oracle/echo', 301),
            'back' => back(303),
            'with' => redirect('/oracle/session/read')->with('flashed', 'yes')->withInput(['name' => 'ada'])->withErrors(['name' => 'is wrong']),
            'secure' => redirect()->secure('/oracle/echo'),
            'intended' => redirect()->intended('/oracle/fallback'),
            'guest' => redirect()->guest('/oracle/log-in'),
            'refresh' => redirect()->refresh(308),
            default => abort(404),
        };
    }

    public function stream(string $what): StreamedResponse
    {
        return match ($what) {
            'plain' => response()->stream(static function (): void {
                echo 'one,';
                echo 'two';
            }, 200, ['Content-Type' => 'text/plain', 'X-Streamed' => 'yes']),
            'flushed' => response()->stream(static function (): void {
                foreach (['one,', 'two,', 'three'] as $part) {
                    echo $part;
                    ob_get_level() > 0 && ob_flush();
                    flush();
                }
            }, 201),
            'empty' => response()->stream(static function (): void {
            }, 200),
            'generator' => response()->stream(static function (): Generator {
                yield 'a ';
                yield 'generator';
            }, 200, ['Content-Type' => 'text/plain']),
            'json' => response()->streamJson(['rows' => (static function (): Generator {
                yield ['id' => 1];
                yield ['id' => 2];
            })(), 'after' => true]),
            'events' => response()->eventStream(static function (): Generator {
                yield 'first';
                yield new StreamedEvent(event: 'named', data: ['a' => 1]);
                yield ['an' => 'array'];
            }),
            'events-end' => response()->eventStream(static function (): Generator {
                yield 'only';
            }, endStreamWith: new StreamedEvent(event: 'end', data: 'bye')),
            'large' => response()->stream(static function (): void {
                for ($n = 0; $n < 64; $n++) {
                    echo str_repeat(chr(97 + $n % 26), 16_384);
                }
            }),
            'download' => response()->streamDownload(static function (): void {
                echo 'a,b,c';
            }, 'bericht ü 100%.csv', ['Content-Type' => 'text/csv']),
            'length' => response()->stream(static function (): void {
                echo 'twelve bytes';
            }, 200, ['Content-Length' => '12', 'Content-Type' => 'text/plain']),
            'object' => new StreamedJsonResponse(['a' => [1, 2]], 203),
            'stdout' => response()->stream(static function (): void {
                $out = fopen('php://output', 'w');
                fputcsv($out, ['a', 'b c', 'd"e'], escape: '');
                fclose($out);
            }, 200, ['Content-Type' => 'text/csv']),
            default => abort(404),
        };
    }

    public function file(Request $request, string $what): BinaryFileResponse
    {
        $path = self::makeFile('numbers.txt', implode("\n", range(1, 2000)));

        $response = match ($what) {
            'plain' => response()->file($path),
            'typed' => response()->file($path, ['Content-Type' => 'text/x-numbers', 'X-Own' => '1']),
            'download' => response()->download($path),
            'named' => response()->download($path, 'zählung 1.txt', ['Content-Type' => 'text/csv']),
            'inline' => response()->download($path, 'inline.txt', [], 'inline'),
            'etag' => response()->file($path)->setAutoEtag(),
            'empty' => response()->file(self::makeFile('empty.bin', '')),
            'image' => response()->file(self::makeFile('pixel.gif', (string) base64_decode('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', true))),
            'deleted' => response()->download(self::makeFile('once-'.bin2hex(random_bytes(6)), 'read once'), 'once.txt')->deleteFileAfterSend(),
            'created' => response()->file($path)->setStatusCode(201),
            'teapot' => response()->file($path)->setStatusCode(418),
            'public' => response()->file(public_path('robots.txt')),
            'missing' => response()->file(storage_path('nothing-here')),
            default => abort(404),
        };

        $response->isNotModified($request);

        return $response;
    }

    /** Validators of an ordinary response. */
    public function cached(Request $request): Response
    {
        $response = new Response('cached content');
        $response->setEtag('fixed')->setLastModified(new \DateTimeImmutable('2024-01-02 03:04:05 UTC'))->setPublic();
        $response->isNotModified($request);

        return $response;
    }

    public function output(string $what): mixed
    {
        switch ($what) {
            case 'before':
                echo 'echoed, ';

                return new Response('returned', 201);
            case 'headers-then-echo':
                header('X-Early: yes');
                echo 'echoed, ';

                return 'returned';
            case 'only':
                echo 'only echoed';

                return null;
            case 'exit':
                echo 'said before exit';
                exit;
            case 'exit-status':
                http_response_code(409);
                header('X-Exit: yes');
                exit('a conflict');
            case 'exit-location':
                header('Location: /elsewhere');
                exit;
            case 'buffer':
                ob_start();
                echo 'left in a buffer, ';

                return 'returned';
            case 'print':
                printf('%05.1f ', 3.14159);

                return new JsonResponse(['after' => 'print']);
            case 'flush':
                echo 'flushed early, ';
                ob_get_level() > 0 && ob_flush();
                flush();

                return new Response('returned', 201, ['X-Late' => 'lost']);
            case 'response-send':
                (new Response('sent by hand', 203, ['X-By-Hand' => '1']))->send();
                exit;
            case 'shutdown':
                register_shutdown_function(static function (): void {
                    echo ', from a shutdown function';
                });
                echo 'before';
                exit;
            default:
                abort(404);
        }
    }

    public function fail(string $what): mixed
    {
        config(['app.debug' => ($_GET['debug'] ?? '') === '1']);

        return match ($what) {
            'exception' => throw new RuntimeException('a secret detail'),
            'abort' => abort((int) ($_GET['status'] ?? 403), 'not for you', ['X-Abort' => 'yes']),
            'not-found' => User::query()->findOrFail(9999),
            'auth' => throw new AuthenticationException,
            'validation' => request()->validate(['name' => 'required', 'age' => 'integer']),
            'error' => (static fn (int $number): int => $number)('a string'),
            'maintenance' => abort(503, 'later', ['Retry-After' => '60']),
            'division' => intdiv(1, 0),
            default => abort(404),
        };
    }

    public function session(Request $request, string $what): JsonResponse|Response
    {
        $session = $request->session();

        return match ($what) {
            'write' => tap(new Response('written'), static fn () => $session->put('key', $request->query('value'))),
            'read' => new JsonResponse(['key' => $session->get('key'), 'flashed' => $session->get('flashed'), 'old' => $session->getOldInput(), 'errors' => $session->get('errors')?->all(), 'previous' => $session->previousUrl()]),
            'flash' => tap(new Response('flashed'), static fn () => $session->flash('flashed', 'once')),
            'regenerate' => tap(new Response('regenerated'), static fn () => $session->regenerate(true)),
            'flush' => tap(new Response('flushed'), static fn () => $session->flush()),
            'token' => new Response($session->token()),
            'count' => new JsonResponse($session->increment('count')),
            default => abort(404),
        };
    }

    public function store(Request $request): JsonResponse
    {
        return new JsonResponse(['stored' => $request->except('_token')], 201);
    }

    private static function makeFile(string $name, string $content): string
    {
        $path = storage_path($name);

        if (! is_file($path)) {
            // In one step: another server creates it at the same time.
            file_put_contents($new = $path.'.'.getmypid(), $content);
            touch($new, 1_700_000_000);
            rename($new, $path);
            clearstatcache();
        }

        return $path;
    }

    /**
     * @param  array<array-key, mixed>  $files
     * @return array<array-key, mixed>
     */
    private static function describeFiles(array $files): array
    {
        return array_map(static fn (mixed $file): array => $file instanceof UploadedFile ? [
            'name' => $file->getClientOriginalName(),
            'path' => $file->getClientOriginalPath(),
            'type' => $file->getClientMimeType(),
            'error' => $file->getError(),
            'content' => $file->isValid() ? md5($file->getContent()) : null,
        ] : self::describeFiles($file), $files);
    }

    /**
     * @param  array<array-key, mixed>  $files
     * @return array<array-key, mixed>
     */
    private static function withoutPaths(array $files): array
    {
        return array_map(static function (mixed $file): mixed {
            if (is_array($file)) {
                unset($file['tmp_name']);
            }

            return $file;
        }, $files);
    }
}
