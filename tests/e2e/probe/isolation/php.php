<?php

declare(strict_types=1);

/*
| State of PHP itself that a job can change: name => [change, read]. Kinds of missing extensions are skipped.
*/

use App\Isolation\ContextStream;
use App\Isolation\Holder;
use App\Isolation\Late;
use App\Isolation\Suit;
use Random\Engine\Mt19937;
use Random\Randomizer;

use function App\Isolation\kept;

$ini = static fn (string $name, string $value): array => [
    static fn () => ini_set($name, $value),
    static fn () => ini_get($name),
];

/** A getter that sets if it has an argument. */
$setting = static fn (callable|string $function, mixed $value): array => [
    static fn () => $function($value),
    static fn () => $function(),
];

/** A setter that returns the previous value. */
$exchanged = static function (callable $set): mixed {
    $before = $set(null);
    $set($before);

    return $before;
};

$locale = static fn (int $category): array => [
    static fn () => setlocale($category, setlocale($category, 0) === 'C' ? 'C.UTF-8' : 'C'),
    static fn () => setlocale($category, 0),
];

$variable = static fn (string $name): array => [
    static function () use ($name): void {
        match ($name) {
            '_GET' => $_GET['left'] = 'left',
            '_POST' => $_POST['left'] = 'left',
            '_COOKIE' => $_COOKIE['left'] = 'left',
            '_FILES' => $_FILES['left'] = 'left',
            '_REQUEST' => $_REQUEST['left'] = 'left',
            '_SERVER' => $_SERVER['left'] = 'left',
            '_ENV' => $_ENV['left'] = 'left',
            '_SESSION' => $_SESSION['left'] = 'left',
        };
    },
    static fn () => match ($name) {
        '_GET' => isset($_GET['left']),
        '_POST' => isset($_POST['left']),
        '_COOKIE' => isset($_COOKIE['left']),
        '_FILES' => isset($_FILES['left']),
        '_REQUEST' => isset($_REQUEST['left']),
        '_SERVER' => isset($_SERVER['left']),
        '_ENV' => isset($_ENV['left']),
        '_SESSION' => isset($_SESSION['left']),
    },
];

$of = static fn (string $extension, array $kinds): array => extension_loaded($extension) ? $kinds : [];

return [
    // Settings.
    'ini display_errors' => $ini('display_errors', ini_get('display_errors') === '1' ? '0' : '1'),
    'ini memory_limit' => $ini('memory_limit', '512M'),
    'ini precision' => $ini('precision', '5'),
    'ini serialize_precision' => $ini('serialize_precision', '5'),
    'ini default_charset' => $ini('default_charset', 'ISO-8859-1'),
    'ini date.timezone' => $ini('date.timezone', 'Asia/Shanghai'),
    'ini user_agent' => $ini('user_agent', 'left'),
    'ini pcre.backtrack_limit' => $ini('pcre.backtrack_limit', '5'),
    'ini pcre.jit' => $ini('pcre.jit', '0'),
    'ini default_socket_timeout' => $ini('default_socket_timeout', '3'),
    'ini arg_separator.output' => $ini('arg_separator.output', ';'),
    'ini error_log' => $ini('error_log', '/dev/null'),
    'ini error_prepend_string' => $ini('error_prepend_string', 'left'),
    'ini log_errors' => $ini('log_errors', ini_get('log_errors') === '1' ? '0' : '1'),
    'ini html_errors' => $ini('html_errors', ini_get('html_errors') === '1' ? '0' : '1'),
    'ini assert.active' => [static fn () => @ini_set('assert.active', ini_get('assert.active') === '0' ? '1' : '0'), static fn () => ini_get('assert.active')],
    'ini assert.exception' => [static fn () => @ini_set('assert.exception', '0'), static fn () => ini_get('assert.exception')],
    'ini zend.enable_gc' => [static fn () => ini_set('zend.enable_gc', gc_enabled() ? '0' : '1'), static fn () => gc_enabled()],
    'ini session.gc_maxlifetime' => $ini('session.gc_maxlifetime', '7'),
    'ini unserialize_callback_func' => $ini('unserialize_callback_func', 'left'),
    'ini unserialize_max_depth' => $ini('unserialize_max_depth', '7'),
    'ini open_basedir' => $ini('open_basedir', '/'),
    'ini mbstring.strict_detection' => $ini('mbstring.strict_detection', '1'),
    'ini iconv.output_encoding' => $ini('iconv.output_encoding', 'ISO-8859-1'),
    'ini zlib.output_compression_level' => $ini('zlib.output_compression_level', '3'),
    'ini of a job that restores it' => [
        static function (): void {
            ini_set('precision', '6');
            ini_restore('precision');
            ini_set('precision', '7');
        },
        static fn () => ini_get('precision'),
    ],
    'ini error_append_string, by ini_alter' => [static fn () => ini_set('error_append_string', 'left'), static fn () => ini_get('error_append_string')],
    'set_time_limit' => [static fn () => set_time_limit(77), static fn () => ini_get('max_execution_time')],
    'error_reporting' => [static fn () => error_reporting(E_ERROR), static fn () => error_reporting()],
    'set_include_path' => [static fn () => set_include_path('/left'), static fn () => get_include_path()],
    'ignore_user_abort' => [static fn () => ignore_user_abort(! ignore_user_abort()), static fn () => ignore_user_abort()],
    'gc_disable' => [static fn () => gc_enabled() ? gc_disable() : gc_enable(), static fn () => gc_enabled()],
    'assert_options' => [static fn () => @assert_options(ASSERT_CALLBACK, 'strlen'), static fn () => @assert_options(ASSERT_CALLBACK)],
    'date_default_timezone_set' => [static fn () => date_default_timezone_set('Pacific/Auckland'), static fn () => date_default_timezone_get()],
    'setlocale LC_ALL' => $locale(LC_ALL),
    'setlocale LC_CTYPE' => $locale(LC_CTYPE),
    'setlocale LC_NUMERIC' => $locale(LC_NUMERIC),
    'setlocale LC_TIME' => $locale(LC_TIME),
    'setlocale LC_COLLATE' => $locale(LC_COLLATE),
    'setlocale LC_MONETARY' => $locale(LC_MONETARY),
    'setlocale LC_MESSAGES' => $locale(LC_MESSAGES),
    'umask' => [static fn () => umask(umask() ^ 0o70), static fn () => umask()],
    'chdir' => [static fn () => chdir('/dev'), static fn () => getcwd()],
    'putenv' => [static fn () => putenv('LEFT=left'), static fn () => getenv('LEFT')],
    'putenv of a variable that was there' => [static fn () => putenv('PATH=/left'), static fn () => getenv('PATH')],
    'putenv, to remove' => [static fn () => putenv('PATH'), static fn () => getenv('PATH')],
    'putenv of TZ' => [static fn () => putenv('TZ=Asia/Tokyo'), static fn () => getenv('TZ')],
    'temporary directory' => [
        static function (): void {
            putenv('TMPDIR=/dev/shm');
            sys_get_temp_dir();
        },
        static fn () => sys_get_temp_dir(),
        'blind' => true,  // PHP reads the variable only once
    ],
    'mt_srand' => [static fn () => mt_srand(4711), static fn () => mt_rand() === (new Randomizer(new Mt19937(4711)))->nextInt()],
    'srand' => [static fn () => srand(4711), static fn () => mt_rand() === (new Randomizer(new Mt19937(4711)))->nextInt()],
    'mt_srand, the old way' => [static fn () => mt_srand(4711, MT_RAND_PHP), static fn () => mt_rand() === (new Randomizer(new Mt19937(4711, MT_RAND_PHP)))->nextInt()],
    'strtok' => [static fn () => strtok('the text of somebody', ' '), static fn () => strtok(' ')],
    'stat cache' => [
        static function (): void {
            $file = sys_get_temp_dir().'/of-a-job-'.getmypid();
            touch($file);
            is_file($file);
            exec('rm '.escapeshellarg($file));
        },
        static fn () => is_file(sys_get_temp_dir().'/of-a-job-'.getmypid()),
        'blind' => PHP_VERSION_ID >= 80400,  // exec() clears the cache
    ],
    'error_get_last' => [
        static function (): void {
            set_error_handler(null);
            @trigger_error('left');
            restore_error_handler();
        },
        static fn () => error_get_last()['message'] ?? null,
    ],
    'json_last_error' => [static fn () => json_decode('{'), static fn () => json_last_error()],
    'preg_last_error' => [static fn () => @preg_match('/(?:\D+|<\d+>)*[!?]/', 'foobar foobar foobar '.str_repeat('x', 10_000_000)) === false || @preg_match('/./u', "\xff"), static fn () => preg_last_error()],
    'date_get_last_errors' => [static fn () => date_create('no date'), static fn () => date_get_last_errors() !== false],

    // Handlers.
    'set_error_handler' => [
        static fn () => set_error_handler(static fn () => true),
        static function (): mixed {
            $handler = set_error_handler(null);
            restore_error_handler();

            return $handler;
        },
    ],
    'restore_error_handler' => [
        static fn () => restore_error_handler(),
        static function (): mixed {
            $handler = set_error_handler(null);
            restore_error_handler();

            return $handler;
        },
    ],
    'set_exception_handler' => [
        static fn () => set_exception_handler(static fn () => null),
        static function (): mixed {
            $handler = set_exception_handler(null);
            restore_exception_handler();

            return $handler;
        },
    ],
    'restore_exception_handler' => [
        static fn () => restore_exception_handler(),
        static function (): mixed {
            $handler = set_exception_handler(null);
            restore_exception_handler();

            return $handler;
        },
    ],
    'spl_autoload_register' => [static fn () => spl_autoload_register(static fn () => null), static fn () => count(spl_autoload_functions())],
    'spl_autoload_register, before the others' => [
        static fn () => spl_autoload_register(static fn () => null, true, true),
        static fn () => array_map(static fn ($one) => is_array($one) ? $one[1] : 'closure', spl_autoload_functions()),
    ],
    'spl_autoload_unregister' => [static fn () => spl_autoload_unregister(spl_autoload_functions()[0]), static fn () => count(spl_autoload_functions())],
    'spl_autoload_extensions' => [static fn () => spl_autoload_extensions('.left'), static fn () => spl_autoload_extensions()],
    'stream_wrapper_register' => [static fn () => stream_wrapper_register('left', Holder::class), static fn () => in_array('left', stream_get_wrappers(), true)],
    'stream_wrapper_unregister' => [static fn () => stream_wrapper_unregister('glob'), static fn () => in_array('glob', stream_get_wrappers(), true)],
    'stream_wrapper of a scheme that was there' => [
        static function (): void {
            stream_wrapper_unregister('glob');
            stream_wrapper_register('glob', Holder::class);
        },
        static fn () => is_array(@scandir('glob://'.base_path('artisan*'))),
    ],
    'stream_context_set_default' => [
        static fn () => stream_context_set_default(['http' => ['header' => 'left']]),
        static fn () => stream_context_get_options(stream_context_get_default()),
    ],
    'stream_context_set_option of the default' => [
        static fn () => stream_context_set_option(stream_context_get_default(), 'http', 'method', 'POST'),
        static fn () => stream_context_get_options(stream_context_get_default()),
    ],
    'libxml_set_streams_context' => [
        static fn () => libxml_set_streams_context(stream_context_create(['http' => ['header' => 'Authorization: Bearer left']])),
        static fn () => ContextStream::ofLibxml(),
    ],
    'register_shutdown_function' => [
        static fn () => register_shutdown_function(static fn () => Holder::$static++),
        static fn () => Holder::$static,
        'blind' => true,  // it takes effect at the end of the job
    ],

    // Output and the response.
    'ob_start' => [static fn () => ob_start(), static fn () => ob_get_level()],
    'ob_start, three of them' => [
        static function (): void {
            ob_start(static fn (string $text): string => strtoupper($text));
            ob_start();
            ob_start();
        },
        static fn () => ob_get_level(),
    ],
    'ob_implicit_flush' => [static fn () => ob_implicit_flush(true), static fn () => (ob_get_status()['flags'] ?? 0) & 0, 'blind' => true],
    'output_add_rewrite_var' => [static fn () => output_add_rewrite_var('left', 'left'), static fn () => ob_list_handlers(), 'blind' => true],
    'header' => [static fn () => header('X-Left: left'), static fn () => in_array('X-Left: left', headers_list(), true)],
    'http_response_code' => [static fn () => http_response_code(418), static fn () => http_response_code()],
    'setcookie' => [static fn () => setcookie('left', 'left'), static fn () => count(headers_list())],

    // PHP's own sessions.
    ...$of('session', [
        'session_name' => $setting(session_name(...), 'LEFT'),
        'session_id' => $setting(session_id(...), 'left'),
        'session_save_path' => $setting(session_save_path(...), '/dev/shm'),
        'session_cache_limiter' => $setting(session_cache_limiter(...), 'public'),
        'session_cache_expire' => $setting(session_cache_expire(...), 7),
        'session_module_name' => [
            static fn () => session_set_save_handler(new SessionHandler, false),
            static fn () => session_module_name(),
        ],
        'session_set_cookie_params' => [static fn () => session_set_cookie_params(['lifetime' => 7, 'path' => '/left']), static fn () => session_get_cookie_params()],
        'session_start' => [
            static function (): void {
                session_save_path(sys_get_temp_dir());
                session_start(['use_cookies' => 0, 'cache_limiter' => '']);
                $_SESSION['left'] = 'left';
            },
            static fn () => [session_status(), session_id(), isset($_SESSION)],
        ],
    ]),

    // Extensions.
    ...$of('mbstring', [
        'mb_internal_encoding' => $setting(mb_internal_encoding(...), 'ISO-8859-1'),
        'mb_language' => $setting(mb_language(...), 'Japanese'),
        'mb_http_output' => $setting(mb_http_output(...), 'ISO-8859-1'),
        'mb_substitute_character' => $setting(mb_substitute_character(...), 'long'),
        'mb_detect_order' => $setting(mb_detect_order(...), ['ISO-8859-1', 'UTF-8']),
    ]),
    ...(function_exists('mb_ereg') ? [
        'mb_regex_encoding' => $setting(mb_regex_encoding(...), 'ISO-8859-1'),
        'mb_regex_set_options' => $setting(mb_regex_set_options(...), 'iz'),
        'mb_ereg_search_init' => [static fn () => mb_ereg_search_init('the text of somebody', 'some'), static fn () => mb_ereg_search()],
    ] : []),
    ...$of('libxml', [
        'libxml_use_internal_errors' => [
            static fn () => libxml_use_internal_errors(! $exchanged(libxml_use_internal_errors(...))),
            static fn () => $exchanged(libxml_use_internal_errors(...)),
        ],
        'libxml_get_errors' => [
            static function (): void {
                libxml_use_internal_errors(true);
                simplexml_load_string('<a><b></a>');
            },
            static fn () => [count(libxml_get_errors()), libxml_get_last_error() !== false],
        ],
        'libxml_set_external_entity_loader' => [
            static fn () => libxml_set_external_entity_loader(static fn () => null),
            static fn () => libxml_get_external_entity_loader(),
        ],
    ]),
    ...$of('bcmath', ['bcscale' => $setting('bcscale', 7)]),
    ...$of('intl', ['Locale::setDefault' => [static fn () => Locale::setDefault('de_DE'), static fn () => Locale::getDefault()]]),
    ...$of('iconv', ['iconv_set_encoding' => [static fn () => @iconv_set_encoding('internal_encoding', 'ISO-8859-1'), static fn () => iconv_get_encoding('internal_encoding')]]),
    ...$of('pcntl', [
        'pcntl_async_signals' => [static fn () => pcntl_async_signals(! pcntl_async_signals()), static fn () => pcntl_async_signals()],
        'pcntl_signal' => [static fn () => pcntl_signal(SIGUSR2, static fn () => null), static fn () => pcntl_signal_get_handler(SIGUSR2)],
        'pcntl_signal of a signal of the worker' => [static fn () => pcntl_signal(SIGTERM, static fn () => null), static fn () => pcntl_signal_get_handler(SIGTERM)],
        'pcntl_signal, ignored' => [static fn () => pcntl_signal(SIGCONT, SIG_IGN), static fn () => pcntl_signal_get_handler(SIGCONT)],
        'pcntl_alarm' => [static fn () => pcntl_alarm(1000), static function (): bool {
            $left = pcntl_alarm(0);
            pcntl_alarm($left);

            return $left > 0;
        }],
        'pcntl_sigprocmask' => [static fn () => pcntl_sigprocmask(SIG_BLOCK, [SIGUSR1]), static function (): array {
            pcntl_sigprocmask(SIG_BLOCK, [], $blocked);

            return $blocked;
        }],
    ]),

    // Variables.
    '$_GET' => $variable('_GET'),
    '$_POST' => $variable('_POST'),
    '$_COOKIE' => $variable('_COOKIE'),
    '$_FILES' => $variable('_FILES'),
    '$_REQUEST' => $variable('_REQUEST'),
    '$_SERVER' => $variable('_SERVER'),
    '$_ENV' => $variable('_ENV'),
    '$_SESSION' => $variable('_SESSION'),
    'a global that was there' => [static fn () => $GLOBALS['known'] = 'left', static fn () => $GLOBALS['known'] ?? null],
    'a new global' => [static fn () => $GLOBALS['left'] = 'left', static fn () => isset($GLOBALS['left'])],
    'a global array, by reference' => [
        static function (): void {
            $part = &$GLOBALS['known_list']['a'];
            $part = 'left';
        },
        static fn () => $GLOBALS['known_list'] ?? null,
    ],
    'an unset global' => [
        static function (): void {
            unset($GLOBALS['known_list']);
        },
        static fn () => isset($GLOBALS['known_list']),
    ],
    'define' => [static fn () => (static fn () => define('LEFT', 'left'))(), static fn () => defined('LEFT')],

    // Properties of an object from boot.
    'property' => [static fn () => kept()->number = 2, static fn () => kept()->number],
    'property of a parent' => [static fn () => kept()->ofAncestor(2), static fn () => kept()->ofAncestor()],
    'private property' => [static fn () => kept()->hidden('left'), static fn () => kept()->hidden()],
    'typed property' => [static fn () => kept()->typed = null, static fn () => kept()->typed],
    'readonly property' => [static fn () => kept()->writeOnce('left'), static fn () => isset(kept()->once)],
    'uninitialized property' => [static fn () => kept()->uninitialized = 1, static fn () => isset(kept()->uninitialized)],
    'unset property' => [
        static function (): void {
            $kept = kept();
            unset($kept->text);
        },
        static fn () => isset(kept()->text),
    ],
    'property that holds an enum' => [static fn () => kept()->suit = Suit::Spades, static fn () => kept()->suit],
    'property that holds an object' => [static fn () => kept()->other = new Holder, static fn () => kept()->other !== null],
    'element of an array' => [static fn () => kept()->array['a']['b'] = 2, static fn () => kept()->array],
    'element of an array, by foreach' => [
        static function (): void {
            foreach (kept()->array as &$value) {
                $value = 'left';
            }
        },
        static fn () => kept()->array,
    ],
    'sorted array' => [static fn () => krsort(kept()->array), static fn () => array_keys(kept()->array)],
    'text, in place' => [static fn () => kept()->text[0] = 'l', static fn () => kept()->text],
    'text, added to' => [static fn () => kept()->text .= ' left', static fn () => kept()->text],
    'reference to a property' => [
        static function (): void {
            $number = &kept()->number;
            $number = 2;
        },
        static fn () => kept()->number,
    ],
    'reference to a typed property' => [
        static function (): void {
            $typed = &kept()->typed;
            $typed = 2;
            kept()->any = &$typed;
        },
        static fn () => [kept()->typed, kept()->any],
    ],
    'type of a reference to a typed property' => [
        static function (): void {
            $typed = &kept()->typed;
            $GLOBALS['reference'] = &$typed;
        },
        static function (): string {
            $any = &kept()->any;
            $any = 'a text';
            $typed = &kept()->typed;

            try {
                $typed = 'no number';
            } catch (TypeError) {
                return 'refused';
            }

            return 'taken';
        },
        'blind' => true,  // the type holds while the job runs
    ],
    'dynamic property' => [static fn () => kept()->left = 'left', static fn () => property_exists(kept(), 'left')],
    'stdClass' => [static fn () => kept()->plain->a = 2, static fn () => kept()->plain],
    'stdClass, deeper' => [static fn () => kept()->plain->b->c = 3, static fn () => kept()->plain],
    'stdClass, unset' => [
        static function (): void {
            $plain = kept()->plain;
            unset($plain->a);
        },
        static fn () => kept()->plain,
    ],
    'stdClass, by foreach' => [
        static function (): void {
            foreach (kept()->plain as &$value) {
                $value = 'left';
            }
        },
        static fn () => kept()->plain,
    ],
    'variable shared by a closure' => [static fn () => (kept()->sharing)(), static fn () => kept()->shared],
    'static variable of a closure' => [static fn () => (kept()->counting)(), static fn () => (new ReflectionFunction(kept()->counting))->getStaticVariables()],

    // Elements of PHP's containers.
    'ArrayObject' => [static fn () => kept()->arrayObject['left'] = 'left', static fn () => kept()->arrayObject->getArrayCopy()],
    'ArrayObject, exchanged' => [static fn () => kept()->arrayObject->exchangeArray(['left']), static fn () => kept()->arrayObject->getArrayCopy()],
    'ArrayObject, flags' => [static fn () => kept()->arrayObject->setFlags(ArrayObject::ARRAY_AS_PROPS), static fn () => kept()->arrayObject->getFlags()],
    'ArrayObject, class of its iterators' => [static fn () => kept()->arrayObject->setIteratorClass(RecursiveArrayIterator::class), static fn () => kept()->arrayObject->getIteratorClass()],
    'ArrayIterator' => [static fn () => kept()->arrayIterator['left'] = 'left', static fn () => kept()->arrayIterator->getArrayCopy()],
    'SplObjectStorage' => [static fn () => kept()->storage[new stdClass] = 'left', static fn () => count(kept()->storage)],
    'SplObjectStorage, data' => [static fn () => kept()->storage[kept()->plain] = 'left', static fn () => kept()->storage[kept()->plain]],
    'SplQueue' => [static fn () => kept()->queue->push('left'), static fn () => iterator_to_array(clone kept()->queue)],
    'SplQueue, taken from' => [static fn () => kept()->queue->dequeue(), static fn () => count(kept()->queue)],
    'SplStack' => [static fn () => kept()->stack->push('left'), static fn () => iterator_to_array(clone kept()->stack)],
    'SplFixedArray' => [static fn () => kept()->fixed[0] = 'left', static fn () => kept()->fixed->toArray()],
    'SplFixedArray, size' => [static fn () => kept()->fixed->setSize(7), static fn () => kept()->fixed->getSize()],
    'SplMinHeap' => [static fn () => kept()->minHeap->insert(1), static fn () => iterator_to_array(clone kept()->minHeap)],
    'SplMaxHeap' => [static fn () => kept()->maxHeap->extract(), static fn () => iterator_to_array(clone kept()->maxHeap)],
    'SplPriorityQueue' => [static fn () => kept()->priorities->insert('high', 5), static fn () => iterator_to_array(clone kept()->priorities)],
    'WeakMap' => [static fn () => kept()->weak[kept()->plain] = 'left', static fn () => kept()->weak[kept()->plain]],
    'WeakMap, an entry more' => [static fn () => kept()->weak[kept()] = 'left', static fn () => count(kept()->weak)],
    'WeakReference, its object' => [static fn () => kept()->reference->get()->a = 'left', static fn () => kept()->reference->get()],
    'static variable behind a callable' => [static fn () => (kept()->callable)(), static fn () => (clone kept()->callable)()],
    'object behind a bound closure' => [static fn () => (kept()->bound)('left'), static fn () => (kept()->bound)()],
    'cache of an enum, by its case' => [static fn () => Suit::remember(Suit::Spades, 'left'), static fn () => Suit::remembered(Suit::Spades)],
    'readonly property of an object, its array object' => [static fn () => kept()->constant->objects[] = 'left', static fn () => kept()->constant->objects->getArrayCopy()],
    'property by reference from a static array' => [static fn () => Holder::$references['number'] = 7, static fn () => [Holder::$references, kept()->referred]],
    'element by a reference that a generator keeps' => [static function (): void {
        $walk = (static function (array &$array) {
            foreach ($array as &$value) {
                yield $value = 'left';
            }
        })(kept()->array);
        kept()->any = $walk;
        $walk->current();
    }, static fn () => kept()->array],
    'property that a __set of a job unsets' => [static function (): void {
        unset(kept()->text, kept()->number);
    }, static fn () => [isset(kept()->text), isset(kept()->number)]],
    'DateTime' => [static fn () => kept()->date->modify('+1 year'), static fn () => kept()->date->format('c')],
    'DateTime, time zone' => [static fn () => kept()->date->setTimezone(new DateTimeZone('Asia/Shanghai')), static fn () => kept()->date->format('c e')],
    'DateInterval' => [static fn () => kept()->interval->h = 3, static fn () => kept()->interval->format('%d %h')],

    // Static variables and properties.
    'static property' => [static fn () => Holder::$static = 2, static fn () => Holder::$static],
    'static property, inherited' => [static fn () => Holder::$inherited = 2, static fn () => Holder::$inherited],
    'static property, protected' => [static fn () => Holder::protected('left'), static fn () => Holder::protected()],
    'static property of a trait' => [static fn () => Holder::$ofTrait = 2, static fn () => Holder::$ofTrait],
    'static property of a constant expression' => [static fn () => Holder::$evaluated[] = 3, static fn () => Holder::$evaluated],
    'static property, element' => [static fn () => Holder::$list['a']['b'] = 2, static fn () => Holder::$list],
    'static property, by reference' => [
        static function (): void {
            $static = &Holder::$static;
            $static = 2;
        },
        static fn () => Holder::$static,
    ],
    'static property, an object' => [static fn () => Holder::$nothing = new Holder, static fn () => Holder::$nothing !== null],
    'static variable of a method' => [static fn () => kept()->counted(), static fn () => (new ReflectionMethod(Holder::class, 'counted'))->getStaticVariables()],
    'static variable of a static method' => [static fn () => Holder::staticallyCounted(), static fn () => (new ReflectionMethod(Holder::class, 'staticallyCounted'))->getStaticVariables()],
    'static variable of an inherited method' => [static fn () => Holder::inheritedCount(), static fn () => (new ReflectionMethod(Holder::class, 'inheritedCount'))->getStaticVariables()],
    'static variable of a method of a trait' => [static fn () => Holder::countOfTrait(), static fn () => (new ReflectionMethod(Holder::class, 'countOfTrait'))->getStaticVariables()],
    'static variable of a method of an enum' => [static fn () => Suit::drawn(), static fn () => (new ReflectionMethod(Suit::class, 'drawn'))->getStaticVariables()],
    'static variable of a function' => [static fn () => App\Isolation\counted(), static fn () => (new ReflectionFunction('App\Isolation\counted'))->getStaticVariables()],
    'static property of a class that jobs load' => [static fn () => Late::$static = 'left', static fn () => Late::$static],
    'static property of such a class, a constant expression' => [static fn () => Late::$evaluated['size'] = 0, static fn () => Late::$evaluated],
    'static property of such a class, an object' => [static fn () => Late::$nothing = new Holder, static fn () => Late::$nothing !== null],
    'static property of such a class, uninitialized' => [static fn () => Late::$uninitialized = 1, static fn () => (new ReflectionProperty(Late::class, 'uninitialized'))->isInitialized()],
    'static property of such a class, of its trait' => [static fn () => Late::$ofTrait = 2, static fn () => Late::$ofTrait],
    'static variable of such a class' => [static fn () => Late::counted(), static fn () => (new ReflectionMethod(Late::class, 'counted'))->getStaticVariables()],

    // Destructors.
    'destructor that changes what was put back' => [
        static fn () => kept()->any = new class
        {
            public function __destruct()
            {
                kept()->number = 100;
                Holder::$static = 100;
            }
        },
        static fn () => [kept()->number, Holder::$static, kept()->any !== null],
    ],
    'destructor in a cycle' => [
        static function (): void {
            $object = new class
            {
                public ?object $self = null;

                public function __destruct()
                {
                    kept()->number = 100;
                    Holder::$nothing = $this;
                }
            };
            $object->self = $object;
            kept()->any = $object;
        },
        static fn () => [kept()->number, Holder::$nothing === null, kept()->any === null],
    ],
    'destructor that throws' => [
        static fn () => kept()->any = new class
        {
            public function __destruct()
            {
                kept()->text = 'left';

                throw new RuntimeException('thrown in a destructor');
            }
        },
        static fn () => [kept()->text, kept()->any === null],
    ],
    'generator left open' => [
        static function (): void {
            $generator = (static function (): Generator {
                try {
                    yield 1;
                    yield 2;
                } finally {
                    kept()->number = 100;
                }
            })();
            $generator->current();
            kept()->any = $generator;
        },
        static fn () => [kept()->number, kept()->any !== null],
    ],
    'fiber left suspended' => [
        static function (): void {
            $fiber = new Fiber(static function (): void {
                try {
                    Fiber::suspend();
                } finally {
                    kept()->number = 100;
                }
            });
            $fiber->start();
            kept()->any = $fiber;
        },
        static fn () => [kept()->number, kept()->any !== null],
    ],
];
