// WebSocket clients: npm's `ws` for valid clients, and raw bytes for invalid ones.

import { randomBytes } from 'node:crypto';
import net from 'node:net';
import WebSocket from 'ws';
import { within } from './workspace.js';

/** A refused handshake: the response in place of the socket. */
export class Refused extends Error {
  constructor(status, headers, body) {
    super(`refused with ${status}`);
    Object.assign(this, { status, headers, body });
  }
}

export class Socket {
  /** Opens a socket with the cookies of `client` (a Browserless). Throws Refused. */
  static open(server, path, { client = null, headers = {}, onMessage = null } = {}) {
    const cookies = client?.cookies.size ? { Cookie: client.cookieHeader } : {};
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers: { ...cookies, ...headers }, perMessageDeflate: false });
    const socket = new Socket(ws, onMessage);
    return within(15, `a socket at ${path}`, new Promise((resolve, reject) => {
      ws.on('open', () => resolve(socket));
      ws.on('error', reject);
      ws.on('upgrade', (response) => { socket.upgrade = response; });
      ws.on('unexpected-response', (_, response) => {
        let body = '';
        response.on('data', (part) => { body += part; });
        response.on('end', () => reject(new Refused(response.statusCode, response.headers, body)));
      });
    }));
  }

  /** All messages, as text or Buffer, in the order of their arrival. */
  messages = [];

  #taken = 0;
  #waiting = [];

  constructor(ws, onMessage) {
    this.ws = ws;
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    ws.on('error', () => {});
    ws.on('message', (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      if (onMessage) return onMessage(message);
      this.messages.push(message);
      this.#waiting.splice(0).forEach((wake) => wake());
    });
  }

  raw(data) {
    this.ws.send(data);
  }

  send(event, data) {
    this.ws.send(JSON.stringify({ event, data }));
  }

  /** The next message of any kind. */
  async next(seconds = 10) {
    await within(seconds, 'a message', this.#has(() => this.messages.length > this.#taken));
    return this.messages[this.#taken++];
  }

  /** The data of the next message {event, data} with this event; skips messages before it. */
  async event(name, seconds = 10) {
    for (;;) {
      const message = JSON.parse(await within(seconds, `the event ${name}`, this.next(seconds)));
      if (message.event === name) return message.data;
    }
  }

  /** Sends a message and returns the next message from the server. */
  ask(data) {
    this.raw(data);
    return this.next();
  }

  async close(code = 1000) {
    this.ws.close(code);
    return within(10, 'the end of the closing handshake', this.closed);
  }

  async #has(condition) {
    while (!condition()) await new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** A WebSocket connection with raw bytes: for frames that no library would send. */
export class RawSocket {
  static async open(server, path, { client = null, headers = {} } = {}) {
    const socket = net.connect(server.port, '127.0.0.1');
    const raw = new RawSocket(socket);
    const lines = [
      `GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, 'Upgrade: websocket', 'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, 'Sec-WebSocket-Version: 13',
      ...(client ? [`Cookie: ${client.cookieHeader}`] : []),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await within(10, 'the answer to the handshake', raw.#until(() => raw.received.includes('\r\n\r\n')));
    const end = raw.received.indexOf('\r\n\r\n') + 4;
    raw.head = raw.received.subarray(0, end).toString();
    raw.received = raw.received.subarray(end);
    if (!raw.head.startsWith('HTTP/1.1 101 ')) throw new Error(`refused: ${raw.head}`);
    return raw;
  }

  received = Buffer.alloc(0);
  ended = false;

  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (part) => {
      this.received = Buffer.concat([this.received, part]);
      this.#wake();
    });
    const end = () => {
      this.ended = true;
      this.#wake();
    };
    socket.on('end', end).on('error', end).on('close', end);
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** The next frame from the server: {opcode, payload}; null at the end of the connection. */
  async frame(seconds = 10) {
    await within(seconds, 'a frame', this.#until(() => this.#frameSize() > 0 || this.ended));
    const size = this.#frameSize();
    if (size === 0) return null;
    const frame = this.received.subarray(0, size);
    this.received = this.received.subarray(size);
    const header = frame[1] < 126 ? 2 : frame[1] === 126 ? 4 : 10;
    return { opcode: frame[0] & 15, payload: frame.subarray(header) };
  }

  /** The code of the next close frame, skipping other frames; null if the connection ends without one. */
  async closeCode() {
    for (;;) {
      const frame = await this.frame();
      if (frame === null) return null;
      if (frame.opcode === 8) return frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE();
    }
  }

  async #until(condition) {
    while (!condition()) await new Promise((resolve) => { this.#wake = resolve; });
  }

  #frameSize() {
    const { received } = this;
    if (received.length < 2) return 0;
    const short = received[1] & 127;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (received.length < header) return 0;
    const length = short < 126 ? short : short === 126 ? received.readUInt16BE(2) : Number(received.readBigUInt64BE(2));
    return received.length < header + length ? 0 : header + length;
  }
}

/** A frame from a client; every part of it can be made invalid. */
export function frame(opcode, payload, { fin = true, reserved = 0, masked = true, length = null } = {}) {
  const bytes = Buffer.from(payload);
  const size = length ?? bytes.length;
  const mask = masked ? 0x80 : 0;
  const head = size < 126 ? Buffer.from([0, mask | size]) : size < 65536 ? Buffer.from([0, mask | 126, size >> 8, size & 255])
    : Buffer.concat([Buffer.from([0, mask | 127]), bigEndian(size)]);
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  if (!masked) return Buffer.concat([head, bytes]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, bytes.map((byte, at) => byte ^ key[at & 3])]);
}

function bigEndian(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}
