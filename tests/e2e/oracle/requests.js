// The requests of oracle.test.js, as bytes if no client would send them. Each is
// [method, target, fields, body]; `conversation`s keep their cookies from one request to the next.

const form = (body, fields = []) => [[['Content-Type', 'application/x-www-form-urlencoded'], ...fields], body];
const json = (value, type = 'application/json') => [[['Content-Type', type]], typeof value === 'string' ? value : JSON.stringify(value)];

/** A multipart body of [field name, content, file name, type]. */
function multipart(parts, { boundary = 'oracle', end = true } = {}) {
  const lines = parts.map(([name, content, file, type]) => [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`,
    ...(type ? [`Content-Type: ${type}`] : []),
    '', content,
  ].join('\r\n'));
  const body = `${lines.join('\r\n')}\r\n${end ? `--${boundary}--\r\n` : ''}`;
  return [[['Content-Type', `multipart/form-data; boundary=${boundary}`]], body];
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'].map((method) => [method, '/api/stateless/echo/method?q=1']);

const queries = [
  'a=1&b=2', 'a', 'a=', '=1', '&&a=1&&', 'a=1&a=2', 'a[]=1&a[]=2', 'a[x][y]=1&a[x][z]=2', 'a[=1', 'a.b=1&c d=2'.replace(' ', '%20'), 'a+b=c+d', 'a=%C3%BC&b=%e4',
  'a=1;b=2', 'a=%00', 'a=1&_method=PUT', 'x=%', 'x=%zz', 'ü=1'.replace('ü', '%C3%BC'), 'a=1?b=2', 'a=b=c', 'a=<>"', `long=${'x'.repeat(2000)}`, 'a%5B%5D=1',
].map((query) => ['GET', `/api/stateless/echo?${query.replace(/[<>"]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`]);

const paths = [
  '/', '/api/stateless/echo', '/api/stateless/echo/', '/api/stateless/echo//twice', '/api/stateless/echo/a%2Fb', '/api/stateless/echo/%C3%BC/%E2%9C%93', '/api/stateless/echo/a%20b',
  '/api/stateless/echo/a+b', '/api/stateless/echo/with.dot', '/api/stateless/echo/app.js', '/api/stateless/echo/./x', '/api/stateless/echo/a/../b', '/api/stateless/echo/..', '/api/stateless/echo/%2e%2e/x',
  '/api/stateless/echo/x.php', '/index.php', '/index.php/api/stateless/echo', '/index.php/api/stateless/echo/more?x=1', '/index.php?x=1', '/Index.php', '/index.phpx',
  '/api/stateless/echo/%', '/api/stateless/echo/a%00b', '/api/stateless/echo/%ff', '/api/stateless/echo/a;b=c', '/api/stateless/echo/a:b@c', '/api/stateless/echo?', '/api/stateless/echo/{x}', '/api/stateless/echo/*',
  '/api/stateless/echo/%7Etilde', "/api/stateless/echo/it's", '/nowhere', '/nowhere/', '/NOWHERE.PHP', '/build', '/build/', '/api', '//api/stateless/echo', '/oracle/view', '/oracle/declared',
  '/api/stateless/echo/\xc3\xbc\xe2\x9c\x93?raw=\xc3\xbc', 'http://oracle.test/api/stateless/echo/absolute?form=1',
].map((path) => ['GET', path]);

const bodies = [
  ['POST', '/api/stateless/echo', ...form('a=1&b[]=2&b[]=3&c[d][e]=4')],
  ['POST', '/api/stateless/echo?a=query&z=1', ...form('a=body')],
  ['POST', '/api/stateless/echo', ...form('')],
  ['POST', '/api/stateless/echo', ...form('a=%C3%BC+%26&b=%E4')],
  ['POST', '/api/stateless/echo', [['Content-Type', 'application/x-www-form-urlencoded; charset=UTF-8']], 'a=1'],
  ['POST', '/api/stateless/echo', [['Content-Type', 'APPLICATION/X-WWW-FORM-URLENCODED']], 'a=1'],
  ['POST', '/api/stateless/echo', ...form('_method=DELETE&a=1')],
  ['POST', '/api/stateless/echo', ...form('a=1', [['X-HTTP-Method-Override', 'PATCH']])],
  ['POST', '/api/stateless/echo', ...form(`${Array.from({ length: 1100 }, (_, n) => `v[]=${n}`).join('&')}`)],
  ['PUT', '/api/stateless/echo', ...form('a=1&b[]=2')],
  ['PATCH', '/api/stateless/echo', ...form('a=1')],
  ['DELETE', '/api/stateless/echo', ...form('a=1')],
  ['GET', '/api/stateless/echo', ...form('a=1')],
  ['POST', '/api/stateless/echo', ...json({ a: 1, b: [1, { c: null }], d: 'ü' })],
  ['PUT', '/api/stateless/echo', ...json({ a: 1 })],
  ['DELETE', '/api/stateless/echo', ...json({ a: 1 })],
  ['GET', '/api/stateless/echo?a=2', ...json({ a: 1 })],
  ['POST', '/api/stateless/echo', ...json('{broken')],
  ['POST', '/api/stateless/echo', ...json('[]')],
  ['POST', '/api/stateless/echo', ...json('"scalar"')],
  ['POST', '/api/stateless/echo', ...json('')],
  ['POST', '/api/stateless/echo', ...json({ data: { id: 1 } }, 'application/vnd.api+json')],
  ['POST', '/api/stateless/echo', ...json({ a: 1 }, 'application/json; charset=utf-8')],
  ['POST', '/api/stateless/echo', [['Content-Type', 'text/plain']], 'plain text'],
  ['POST', '/api/stateless/echo', [['Content-Type', 'application/octet-stream']], '\0\x01\xff\r\n\r\nbytes'],
  ['POST', '/api/stateless/echo', [], 'a body without a type'],
  ['POST', '/api/stateless/echo', [['Content-Length', '0']]],
  ['POST', '/api/stateless/echo', [['Content-Type', 'text/xml']], '<?xml version="1.0"?><a/>'],
  ['POST', '/api/stateless/echo', [['Content-Type', 'text/plain']], 'x'.repeat(200_000)],
  ['POST', '/api/stateless/echo', [['Content-Type', 'application/json']], JSON.stringify({ long: 'y'.repeat(150_000) })],
  ['OPTIONS', '/api/stateless/echo', [['Content-Type', 'text/plain']], 'asked'],
];

const uploads = [
  ['POST', '/api/stateless/echo', ...multipart([['file', 'content', 'one.txt', 'text/plain'], ['note', 'beside']])],
  ['POST', '/api/stateless/echo', ...multipart([['files[]', 'one', '1.txt', 'text/plain'], ['files[]', 'two', '2.txt']])],
  ['POST', '/api/stateless/echo', ...multipart([['a[b][c]', 'nested', 'n.bin', 'application/octet-stream'], ['a[b][d]', 'value']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', '', '', 'application/octet-stream']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', '', 'empty.txt', 'text/plain']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'x', '../../etc/passwd', 'text/plain']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'x', 'C:\\\\path\\\\win.txt', 'text/plain']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'x', 'zähl-✓.txt', 'text/plain']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'x', 'with \\"quotes\\".txt', 'text/plain']])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'same', 'a.txt'], ['file', 'name', 'b.txt']])],
  ['POST', '/api/stateless/echo', ...multipart([['text', 'only fields'], ['other', 'ü']])],
  ['POST', '/api/stateless/echo', ...multipart([['_method', 'PUT'], ['file', 'x', 'a.txt']])],
  ['POST', '/api/stateless/echo', ...multipart([])],
  ['POST', '/api/stateless/echo', ...multipart([['file', 'cut off', 'a.txt']], { end: false })],
  ['POST', '/api/stateless/echo', [['Content-Type', 'multipart/form-data']], 'no boundary'],
  ['POST', '/api/stateless/echo', ...multipart([['big', 'b'.repeat(2_200_000), 'big.bin'], ['note', 'above upload_max_filesize']])],
  ['POST', '/api/stateless/echo', ...multipart([['MAX_FILE_SIZE', '10'], ['file', 'above the form\'s own limit', 'a.txt']])],
  ['POST', '/api/stateless/echo', ...multipart(Array.from({ length: 25 }, (_, n) => [`f${n}`, `${n}`, `${n}.txt`]))],
  ['POST', '/api/stateless/echo', ...multipart([['huge', 'h'.repeat(8_500_000), 'huge.bin']])],
  ['PUT', '/api/stateless/echo', ...multipart([['file', 'content', 'one.txt', 'text/plain'], ['note', 'beside']])],
  ['POST', '/api/stateless/upload', ...multipart([['file', 'hello', 'hello.txt', 'text/plain']])],
  ['POST', '/api/stateless/upload', multipart([['file', 'hello', 'hello.exe', 'text/plain']])[0].concat([['Accept', 'application/json']]), multipart([['file', '\x7fELF\x02\x01\x01', 'hello.exe', 'text/plain']])[1]],
];

const fields = [
  [['Accept', 'application/json']], [['Accept', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8']], [['X-Requested-With', 'XMLHttpRequest']], [['Authorization', 'Basic YWRhOnNlY3JldDp4']],
  [['Authorization', 'Bearer a.b.c']], [['Authorization', 'Digest username="ada", realm="x"']], [['Authorization', 'Custom credentials']], [['X-One', '1'], ['X-Two', '']], [['x-lower', 'v'], ['X-UPPER', 'v'], ['X-123', 'v']],
  [['X-Spaces', '   around   ']], [['X-Utf8', 'gr\xc3\xbcn']], [['X-Latin1', 'gr\xfcn']], [['X-Long', 'v'.repeat(6000)]], [['Cookie', 'a=1; b=2;c=3;  d = 4']], [['Cookie', 'a=%C3%BC+x; b="quoted"; c; =d; e=f=g']],
  [['Cookie', 'a[b]=1; a[c]=2; x.y=3; x y=4']], [['Cookie', 'twin=1; twin=2']], [['Cookie', '']], [['Referer', 'http://oracle.test/before'], ['User-Agent', 'oracle/1.0 (a; b)']], [['Accept-Language', 'de-AT,en;q=0.5']],
  [['If-None-Match', '"x"'], ['If-Modified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT']], [['Range', 'bytes=0-4']], [['Content-Type', 'application/json']], [['Content-Md5', 'x']], [['Origin', 'http://other.test']],
  [['X-Forwarded-For', '1.2.3.4'], ['X-Forwarded-Proto', 'https'], ['X-Forwarded-Host', 'evil.test']], [['Proxy', 'http://evil.test']], [['Expect', 'nothing']], [['X-Http-Method-Override', 'DELETE']], [['TE', 'trailers']],
  [['Upgrade-Insecure-Requests', '1'], ['Sec-Fetch-Mode', 'navigate'], ['DNT', '1']], [['Pragma', 'no-cache'], ['Cache-Control', 'max-age=0']], [['X-Quote', '"a", \'b\' <c> & $d']], [['Host', 'other.test:8080']],
  [['Host', 'UPPER.Test']], [['Host', 'oracle.test:80']], [['Via', '1.0 somewhere']], [['Forwarded', 'for=1.2.3.4;proto=https']],
].map((list) => ['GET', '/api/stateless/echo', list]);

const statuses = [200, 201, 202, 203, 204, 205, 206, 207, 226, 300, 301, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 414, 415, 416, 417, 418, 419, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 508, 511, 299, 499, 599]
  .map((status) => ['GET', `/api/stateless/status/${status}`]);

const of = (prefix, names, method = 'GET', list = []) => names.map((name) => [method, `${prefix}${name}`, list]);

const answers = [
  ...of('/api/stateless/text/', ['plain', 'empty', 'zero', 'html', 'latin1', 'bytes', 'large', 'no-type', 'length', 'array', 'unknown']),
  ...of('/api/stateless/plain/', ['string', 'array', 'null', 'number', 'model', 'collection', 'responsable', 'stringable', 'view', 'no-content', 'jsonp', 'unknown']),
  ...of('/api/stateless/headers/', ['several', 'links', 'empty', 'long', 'unicode', 'case', 'many', 'vary', 'server', 'date', 'cache', 'expires', 'hop', 'native', 'native-status', 'native-cookie', 'native-type']),
  ...of('/api/stateless/cookies/', ['many', 'attributes', 'raw', 'partitioned', 'forget', 'same-name', 'odd']),
  ...of('/oracle/cookies/', ['many', 'attributes', 'queue', 'forget']),
  ...of('/api/stateless/redirect/', ['to', 'away', 'permanent', 'back', 'secure', 'refresh']),
  ...of('/oracle/redirect/', ['to', 'route', 'back', 'with', 'intended', 'guest']),
  ['GET', '/oracle/redirect/back', [['Referer', 'http://oracle.test/before?x=1']]],
  ...of('/api/stateless/output/', ['before', 'headers-then-echo', 'only', 'exit', 'exit-status', 'exit-location', 'buffer', 'print', 'flush', 'response-send', 'shutdown']),
  ...of('/oracle/output/', ['before', 'exit', 'exit-status']),
  ...of('/api/stateless/fail/', ['exception', 'abort', 'abort?status=401', 'abort?status=419', 'abort?status=429', 'abort?status=402', 'not-found', 'auth', 'validation', 'error', 'maintenance', 'division']),
  ...of('/api/stateless/fail/', ['exception', 'abort', 'not-found', 'auth', 'validation', 'error', 'exception?debug=1'], 'GET', [['Accept', 'application/json']]),
  ...of('/oracle/fail/', ['abort', 'validation', 'exception?debug=1']),
  ['GET', '/api/stateless/only-put'], ['POST', '/api/stateless/only-put'], ['OPTIONS', '/api/stateless/only-put'], ['PUT', '/api/stateless/only-put'],
];

const streams = of('/api/stateless/stream/', ['plain', 'flushed', 'empty', 'generator', 'json', 'events', 'events-end', 'large', 'download', 'length', 'object', 'stdout']);

const range = (value, more = []) => ['GET', '/api/stateless/file/plain', [['Range', value], ...more]];
const files = [
  ...of('/api/stateless/file/', ['plain', 'typed', 'download', 'named', 'inline', 'etag', 'empty', 'image', 'deleted', 'created', 'teapot', 'public', 'missing']),
  ...['bytes=0-9', 'bytes=100-', 'bytes=-50', 'bytes=0-0', 'bytes=8000-20000', 'bytes=9999999-', 'bytes=5-2', 'bytes=-0', 'bytes=-9999999', 'bytes=0-4,10-14', 'bytes=abc', 'lines=0-1', 'bytes=0-', 'BYTES=0-9', 'bytes= 0-9', 'bytes=-'].map((value) => range(value)),
  range('bytes=0-9', [['If-Range', 'Tue, 14 Nov 2023 22:13:20 GMT']]), range('bytes=0-9', [['If-Range', 'Tue, 14 Nov 2023 22:13:21 GMT']]), range('bytes=0-9', [['If-Range', '"other"']]),
  ['GET', '/api/stateless/file/etag', [['If-None-Match', '*']]],
  ['GET', '/api/stateless/file/etag', [['If-None-Match', '"other"']]],
  ['GET', '/api/stateless/file/plain', [['If-Modified-Since', 'Tue, 14 Nov 2023 22:13:20 GMT']]],
  ['GET', '/api/stateless/file/plain', [['If-Modified-Since', 'Tue, 14 Nov 2023 22:13:19 GMT']]],
  ['GET', '/api/stateless/file/empty', [['Range', 'bytes=0-1']]],
  ['POST', '/api/stateless/file/plain', [['Range', 'bytes=0-9']]],
  ['GET', '/api/stateless/file/typed', [['Range', 'bytes=1-3']]],
  ['GET', '/api/stateless/cached'],
  ['GET', '/api/stateless/cached', [['If-None-Match', '"fixed"']]],
  ['GET', '/api/stateless/cached', [['If-None-Match', 'W/"fixed"']]],
  ['GET', '/api/stateless/cached', [['If-Modified-Since', 'Tue, 02 Jan 2024 03:04:05 GMT']]],
  ['GET', '/api/stateless/cached', [['If-None-Match', '"other", "fixed"'], ['If-Modified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT']]],
];

const heads = [
  '/api/stateless/echo', '/api/stateless/text/plain', '/api/stateless/text/empty', '/api/stateless/text/large', '/api/stateless/status/204', '/api/stateless/status/304', '/api/stateless/status/404', '/api/stateless/status/500',
  '/api/stateless/stream/plain', '/api/stateless/stream/flushed', '/api/stateless/stream/events', '/api/stateless/stream/length', '/api/stateless/file/plain', '/api/stateless/file/download', '/api/stateless/redirect/to', '/api/stateless/output/before',
  '/api/stateless/output/exit', '/api/stateless/headers/several', '/api/stateless/cookies/many', '/api/stateless/fail/exception', '/nowhere', '/robots.txt', '/oracle/view', '/api/stateless/cached',
].map((path) => ['HEAD', path]);

const statics = [
  ...of('', ['/robots.txt', '/build/app.js', '/build/app.js?v=123', '/with%20space/a%20file.txt', '/build/a+b.txt', '/build/a%2bb.txt', '/build/page.html', '/build/manifest.json', '/build/LICENSE', '/.well-known/security.txt', '/build/missing.js', '/build/../robots.txt', '/build/./app.js', '/robots.txt/', '/build//app.js', '/Robots.txt', '/build%2fapp.js', '/%72obots.txt']),
  ...of('', ['/robots.txt'], 'GET', [['Range', 'bytes=0-3']]), ...of('', ['/robots.txt'], 'GET', [['Range', 'bytes=-4']]), ...of('', ['/robots.txt'], 'GET', [['Range', 'bytes=999-']]), ...of('', ['/robots.txt'], 'GET', [['If-None-Match', '*']]),
  ['GET', '/robots.txt', [['If-Modified-Since', 'Sun, 06 Nov 1994 08:49:37 GMT']]],
  ['OPTIONS', '/api/ping'],
];

/** Sent one after the other, with the cookies of earlier responses. `{token}` is replaced with the page's CSRF token. */
const conversations = {
  'a session': [
    ['GET', '/oracle/session/read'], ['GET', '/oracle/session/write?value=%C3%BC'], ['GET', '/oracle/session/read'], ['GET', '/oracle/session/count'], ['GET', '/oracle/session/count'], ['GET', '/oracle/session/flash'],
    ['GET', '/oracle/session/read'], ['GET', '/oracle/session/read'], ['GET', '/oracle/redirect/with'], ['GET', '/oracle/session/read'], ['GET', '/oracle/session/regenerate'], ['GET', '/oracle/session/read'], ['GET', '/oracle/session/flush'], ['GET', '/oracle/session/read'],
  ],
  'a form with its token': [
    ['POST', '/oracle/store', ...form('a=1')], ['GET', '/oracle/session/token'], ['POST', '/oracle/store', ...form('a=1&_token={token}')], ['POST', '/oracle/store', ...form('a=1', [['X-CSRF-TOKEN', '{token}']])],
    ['POST', '/oracle/store', ...form('a=1&_token=wrong')], ['POST', '/oracle/store', ...form('a=1', [['Accept', 'application/json']])], ['POST', '/oracle/fail/validation', ...form('age=x&_token={token}', [['Referer', 'http://oracle.test/form']])], ['GET', '/oracle/session/read'],
  ],
  'a log-in': [['GET', '/log-in/ada'], ['GET', '/oracle/view'], ['GET', '/oracle/cookies/many'], ['GET', '/oracle/echo']],
};

export const groups = { methods, queries, paths, bodies, uploads, fields, statuses, answers, streams, files, heads, 'static files': statics };
export { conversations };
