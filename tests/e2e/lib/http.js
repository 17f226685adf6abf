// HTTP without a browser: a client with cookies that can log in to Laravel, and raw exchanges for invalid requests.

import http from 'node:http';
import net from 'node:net';
import { within } from './workspace.js';

export class Browserless {
  cookies = new Map();

  constructor(port, host = '127.0.0.1') {
    this.port = port;
    this.host = host;
  }

  get cookieHeader() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path, headers = {}) {
    return this.request('GET', path, { headers });
  }

  getJson(path) {
    return this.get(path, { Accept: 'application/json' }).then(({ body }) => JSON.parse(body));
  }

  /** POSTs a form, or a FormData, with the CSRF token of the session. */
  async post(path, fields = {}, headers = {}) {
    const token = decodeURIComponent(this.cookies.get('XSRF-TOKEN') ?? '');
    const form = fields instanceof FormData ? fields : new URLSearchParams(fields);
    const encoded = new Response(form);
    const body = Buffer.from(await encoded.arrayBuffer());
    return this.request('POST', path, {
      headers: { 'Content-Type': encoded.headers.get('content-type'), 'X-XSRF-TOKEN': token, ...headers },
      body,
    });
  }

  /** {status, headers, body (text), bytes}; redirects are not followed. */
  request(method, path, { headers = {}, body, agent = false } = {}) {
    const cookies = this.cookies.size ? { Cookie: this.cookieHeader } : {};
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    return within(30, `an answer to ${method} ${path}`, new Promise((resolve, reject) => {
      const request = http.request({
        host: this.host, port: this.port, method, path, agent, headers: { ...cookies, ...length, ...headers },
      }, (response) => {
        const parts = [];
        for (const cookie of response.headers['set-cookie'] ?? []) this.#keep(cookie);
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          resolve({ status: response.statusCode, headers: response.headers, rawHeaders: response.rawHeaders, bytes, body: bytes.toString() });
        });
      });
      request.on('error', reject);
      request.end(body);
    }));
  }

  #keep(cookie) {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
    if (/;\s*max-age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  /** Logs in at the example application as a demo user, or under a new name. */
  async logIn(name, password = 'chat') {
    await this.get('/login');
    const demo = ['Ada', 'Grace'].includes(name);
    const answer = await this.post(demo ? '/login' : '/register', { name, password });
    if (answer.status !== 302 || answer.headers.location.endsWith('/login')) throw new Error(`log-in: ${answer.status} ${answer.body}`);
    return this;
  }
}

/** Writes bytes to a new connection and returns all bytes until the other side ends it (or `seconds` are over). */
export function exchange(port, bytes, { seconds = 10, half = false } = {}) {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const done = () => {
      socket.destroy();
      resolve(received);
    };
    socket.setTimeout(seconds * 1000, done);
    socket.on('data', (part) => { received += part.toString('latin1'); });
    socket.on('end', done);
    socket.on('error', (error) => (received ? done() : reject(error)));
    socket.on('connect', () => {
      socket.write(bytes);
      if (half) socket.end();
    });
  });
}

/** The status of the (first) response in a result of exchange(); 0 for none. */
export function statusOf(received) {
  return Number(received.match(/^HTTP\/1\.[01] (\d{3}) /)?.[1] ?? 0);
}
