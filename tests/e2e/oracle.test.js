// Compares Laraman with nginx + php-fpm: the same application under both, the same request bytes to both, and the responses
// compared byte for byte. Also compares Laraman's workers behind nginx, with fastcgi_pass.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { probeApp } from './lib/app.js';
import { fastCgiPass, PhpFpm } from './lib/fpm.js';
import { Server } from './lib/server.js';
import { conversations, groups } from './oracle/requests.js';

// Fields that differ between servers: the server's name, the time, and the body's framing. The length is compared with the
// received body.
const OF_THE_SERVER = ['server', 'date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'];

// Values that differ in each response of either server.
const MASKS = [
  [/(laravel_session|laravel-session|XSRF-TOKEN|cookie-\d+|queued|native|full|remember_\w+)=[^;]*/g, '$1=…'],
  [/expires=[^;]*/g, 'expires=…'],
  [/Max-Age=(\d+)/g, (_, seconds) => `Max-Age=${Math.ceil(seconds / 10) * 10}`],
  [/eyJ[\w%+/=-]{40,}/g, '…encrypted…'],
  [/"(_token|XSRF-TOKEN|laravel_session)":( ?)"\w{40}"/g, '"$1":$2"…"'],
];

// Intended differences: the requests, and the parts of their responses that are not compared.
const DIFFERENCES = [
  // A file without PHP: nginx has other ETags and charsets, and sends Accept-Ranges only with a whole file.
  { of: ({ target, fields }) => !/^\/(api|oracle)\//.test(target) && !fields.some(([name]) => name === 'cache-control'), not: ['etag', 'content-type', 'accept-ranges'] },
  // nginx normalizes the path of a file. Here a path that a browser would not send names no file.
  { of: ({ target }) => ['/build/../robots.txt', '/build/./app.js', '/build//app.js', '/build%2fapp.js'].includes(target), not: ['all'] },
  // Errors from the servers themselves have different pages.
  { of: ({ body, target, status }) => /<hr><center>nginx|^\d{3} [A-Z][\w ]+\n$/.test(body) || (target === '/robots.txt' && status === 416), not: ['body', 'content-type', 'last-modified'] },
  // RFC 9110 section 10.1.1: a server that cannot meet an expectation answers 417. nginx ignores it.
  { of: ({ request }) => request[2]?.[0]?.[0] === 'Expect', not: ['all'] },
  // For a proxy in front: nginx removes the field, Laraman passes it on.
  { of: () => true, not: ['x-accel-buffering'] },
  // A stack trace shows the callers.
  { of: ({ target }) => target.includes('debug=1'), not: ['body'] },
];

const mask = (text) => MASKS.reduce((masked, [what, by]) => masked.replace(what, by), text);

function bytesOf([method, target, fields = [], body], cookies = '') {
  const named = new Set(fields.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!named.has('host')) lines.push('Host: oracle.test');
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  if (cookies) lines.push(`Cookie: ${cookies}`);
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(body, /[^\0-\xff]/.test(body) ? 'utf8' : 'latin1');
  if (body !== undefined && !named.has('content-length')) lines.push(`Content-Length: ${content.length}`);
  lines.push('Connection: close', '', '');
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), content]);
}

/** Sends bytes on a new connection; returns all bytes until its end. */
function ask(port, bytes) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no end of the answer')));
    socket.on('data', (part) => parts.push(part));
    socket.on('close', () => resolve(Buffer.concat(parts)));
    socket.on('error', (error) => (parts.length > 0 ? undefined : reject(error)));
    socket.write(bytes);
  });
}

// Connection fields of HTTP/1.1, which HTTP/2 does not allow (RFC 9113 section 8.2.2), and fields that its client writes itself.
const NOT_OF_HTTP2 = /^(connection|upgrade|transfer-encoding|keep-alive|proxy-connection|te|trailer|content-length|expect|http2-settings|host)$/i;

/** Whether HTTP/2 can express the request, and Node's client sends it unchanged. */
function fitsHttp2([, target, fields = []]) {
  return target.startsWith('/') && fields.every(([name, value]) => !NOT_OF_HTTP2.test(name) && value === String(value).trim())
    && new Set(fields.map(([name]) => name.toLowerCase())).size === fields.length;
}

/** The same request over HTTP/2; returns the response in the form of parse(). */
function askHttp2(session, [method, target, fields = [], body]) {
  const content = body === undefined ? null : Buffer.from(body, /[^\0-\xff]/.test(body) ? 'utf8' : 'latin1');
  const length = content === null ? [] : [['content-length', content.length]];
  const named = Object.fromEntries([...fields, ...length].map(([name, value]) => [name.toLowerCase(), value]));
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': method, ':path': target, ':authority': 'oracle.test', ...named }, { endStream: content === null });
    if (content !== null) stream.end(content);
    const parts = [];
    let raw = [];
    stream.on('response', (head, flags, lines) => { raw = lines; });
    stream.on('data', (part) => parts.push(part));
    stream.on('error', (error) => (raw.length > 0 ? undefined : reject(error)));
    stream.on('close', () => {
      const all = Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at], raw[2 * at + 1]]);
      resolve({
        status: Number(all.find(([name]) => name === ':status')?.[1]), fields: all.filter(([name]) => name !== ':status'),
        body: Buffer.concat(parts), whole: stream.rstCode === http2.constants.NGHTTP2_NO_ERROR,
      });
    });
  });
}

function parse(bytes, method) {
  const end = bytes.indexOf('\r\n\r\n');
  assert.ok(end > 0, `no head: ${bytes.subarray(0, 200).toString('latin1')}`);
  const [start, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const field = (name) => fields.find(([own]) => own === name)?.[1];
  let body = bytes.subarray(end + 4);
  let whole = true;
  if (/chunked/i.test(field('transfer-encoding') ?? '')) [body, whole] = dechunk(body);
  const length = field('content-length');
  const status = Number(start.split(' ')[1]);
  if (length !== undefined && method !== 'HEAD' && status !== 304) assert.equal(body.length, Number(length), 'the length of the body');
  return { status, fields, body, whole };
}

function dechunk(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return [Buffer.concat(parts), false];
    const size = parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (size === 0) return [Buffer.concat(parts), true];
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

function comparable(request, answer) {
  const target = request[1];
  const text = mask(answer.body.toString('latin1'));
  const left = new Set(OF_THE_SERVER);
  for (const { of, not } of DIFFERENCES) if (of({ request, target, status: answer.status, fields: answer.fields, body: text })) not.forEach((name) => left.add(name));
  if (left.has('all')) return { status: 0, fields: [], whole: true, body: '' };
  const fields = answer.fields.filter(([name]) => !left.has(name)).map(([name, value]) => mask(`${name}: ${value}`)).sort();
  // Long bodies are reported by their beginning, length and checksum, since a difference of megabytes is unreadable.
  const body = left.has('body') ? '' : text.length > 100_000 ? [text.slice(0, 1000), text.length, hash(text)] : text;
  return { status: answer.status, fields, whole: answer.whole, body };
}

/** The lines that only one response has; empty if there is no difference. */
function difference(expected, actual) {
  const lines = ({ status, whole, fields, body }) => [`status ${status}${whole ? '' : ', cut off'}`, ...fields, ...[body].flat().join('\n').split('\n').map((line) => `| ${line}`)];
  const [theirs, ours] = [expected, actual].map(lines);
  const only = (some, others, sign) => some.filter((line) => !others.includes(line)).slice(0, 12).map((line) => `    ${sign} ${line.slice(0, 300)}`);
  const found = [...only(theirs, ours, '-'), ...only(ours, theirs, '+')];
  return found.length > 0 || theirs.join('\n') === ours.join('\n') ? found.join('\n') : '    the same lines in another order';
}

function hash(text) {
  let value = 0;
  for (let at = 0; at < text.length; at++) value = (value * 31 + text.charCodeAt(at)) | 0;
  return value;
}

const title = ([method, target, fields = []]) => `${method} ${target.slice(0, 80)}${fields.length ? ` (${fields.map(([name, value]) => `${name}: ${String(value).slice(0, 40)}`).join(', ')})` : ''}`;

/** The servers compared with php-fpm: Laraman's own port, and nginx with Laraman's workers as its FastCGI servers. */
const subjects = {
  'as nginx and php-fpm do': async ({ port }) => ({ port, stop: () => {} }),
  'nginx in front of the resident workers': ({ app }) => {
    const folder = app.path('storage/framework/laraman');
    const sockets = readdirSync(folder).filter((name) => /^php-.*\.sock$/.test(name));
    assert.equal(sockets.length, 2);
    return fastCgiPass(app, sockets.map((name) => join(folder, name)));
  },
};

for (const [subjectName, startSubject] of Object.entries(subjects)) describe(subjectName, () => {
  let oracle;
  let server;
  let subject;
  before(async () => {
    const app = await probeApp();
    oracle = await PhpFpm.start(app);  // one after the other, so that started servers are stopped if the next one fails
    server = await Server.start(app, { flags: ['--http-compression', 'off'] });
    subject = await startSubject(server);
  });
  after(async () => {
    await subject?.stop();
    await Promise.all([oracle?.stop(), server?.stop()]);
  });

  const compare = (request) => Promise.all([oracle, subject].map(async ({ port }) => comparable(request, parse(await ask(port, bytesOf(request)), request[0]))));

  // The other groups depend on nginx itself.
  const isOwnPort = subjectName === 'as nginx and php-fpm do';
  const asked = isOwnPort ? Object.keys(groups) : ['methods', 'bodies', 'uploads', 'answers', 'streams', 'heads'];
  for (const [name, requests] of asked.map((name) => [name, groups[name]])) {
    test(`${name}: ${requests.length} requests`, async () => {
      const failures = [];
      for (const request of requests) {
        try {
          const found = difference(...await compare(request));
          if (found) failures.push(`${title(request)}\n${found}`);
        } catch (error) {
          failures.push(`${title(request)}\n    ${error.message}`);
        }
      }
      if (failures.length > 0) assert.fail(`${failures.length} of ${requests.length} differ, php-fpm's lines with -, ours with +:\n${failures.join('\n')}`);
    });
  }

  if (isOwnPort) test('and over HTTP/2 as over HTTP/1.1', async () => {
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    const failures = [];
    const all = Object.values(groups).flat().filter(fitsHttp2);
    assert.ok(all.length > 250, `only ${all.length} requests fit`);
    // The echoed version, and the `Connection: close` that bytesOf() adds.
    const alike = (answer) => ({
      ...answer, fields: answer.fields.filter(([name]) => name !== 'upgrade'),
      body: Buffer.from(answer.body.toString('latin1').replace(/(HTTP\\?\/)2\.0/g, '$11.1').replace(/,\s*"HTTP_CONNECTION": "close"/, '')
        .replace(/,\s*"connection": \[\s*"close"\s*\]|"connection": \[\s*"close"\s*\],\s*/, ''), 'latin1'),
    });
    for (const request of all) {
      try {
        const [first, second] = await Promise.all([ask(server.port, bytesOf(request)).then((bytes) => parse(bytes, request[0])), askHttp2(session, request)]);
        const found = difference(...[first, second].map((answer) => comparable(request, alike(answer))));
        if (found) failures.push(`${title(request)}\n${found}`);
      } catch (error) {
        failures.push(`${title(request)}\n    ${error.message}`);
      }
    }
    session.close();
    if (failures.length > 0) assert.fail(`${failures.length} of ${all.length} differ, HTTP/1.1's lines with -, HTTP/2's with +:\n${failures.join('\n')}`);
  });

  for (const [name, requests] of Object.entries(conversations)) {
    test(`${name}: ${requests.length} requests`, async () => {
      const jars = [new Map(), new Map()];
      const tokens = ['', ''];
      for (const request of requests) {
        const answers = await Promise.all([oracle, subject].map(async ({ port }, at) => {
          const filled = JSON.parse(JSON.stringify(request).replaceAll('{token}', tokens[at]));
          const cookies = [...jars[at]].map(([key, value]) => `${key}=${value}`).join('; ');
          const answer = parse(await ask(port, bytesOf(filled, cookies)), request[0]);
          for (const [, value] of answer.fields.filter(([field]) => field === 'set-cookie')) {
            const [, key, content] = value.match(/^([^=]+)=([^;]*)/);
            jars[at].set(key, content);
          }
          if (request[1].endsWith('/token')) {
            tokens[at] = answer.body.toString();
            answer.body = Buffer.alloc(0);
          }
          return comparable(request, answer);
        }));
        assert.equal(difference(...answers), '', title(request));
      }
    });
  }
});
