// A WebSocket client with raw bytes: it sends exactly the given bytes, and returns exactly the received ones.

import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { within } from '../../e2e/lib/workspace.js';
import { Decoder, encode } from './frames.js';

const patience = 20; // seconds

export class Client {
  /** Sends a handshake with these header fields, and returns the client with `status` and `headers` of the response. */
  static async connect(port, headers = {}) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new Client(socket);
    const key = randomBytes(16).toString('base64');
    const fields = { Host: `127.0.0.1:${port}`, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13', ...headers };
    const lines = Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
    socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    await within(patience, 'the answer to the handshake', client.#readHead());
    if (client.status === 101) {
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      if (client.headers['sec-websocket-accept'] !== accept) throw new Error('a wrong Sec-WebSocket-Accept');
    }
    return client;
  }

  status = 0;
  headers = {};
  ended = false;

  #socket;
  #decoder = new Decoder();
  #head = Buffer.alloc(0);
  #wake = () => {};

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (piece) => {
      if (this.status === 0) this.#takeHead(piece);
      else this.#decoder.push(piece);
      this.#wake();
    });
    const end = () => {
      this.ended = true;
      this.#wake();
    };
    socket.on('end', end).on('error', end).on('close', end);
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  /**
   * Sends frames, or Buffers unchanged. `chop`: size of the packets in bytes, or 'frame' for one packet for each frame;
   * without it all bytes are sent in one write.
   */
  async send(frames, chop = null) {
    const parts = frames.map((frame) => (Buffer.isBuffer(frame) ? frame : encode(frame)));
    if (chop === 'frame') {
      for (const part of parts) {
        this.write(part);
        await tick();
      }
      return;
    }
    const all = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    if (chop === null) return this.write(all);
    const many = all.length / chop > 2000; // each packet would need a turn of the event loop: write several at a time
    for (let i = 0; i < all.length; i += chop) {
      this.write(all.subarray(i, i + chop));
      if (!many || i % (chop * 64) === 0) await tick();
    }
  }

  /** The next frame, or null once the server has ended the connection. */
  async frame() {
    for (;;) {
      const frame = this.#decoder.next();
      if (frame !== null) return frame;
      if (this.ended) return null;
      await within(patience, 'a frame', new Promise((resolve) => { this.#wake = resolve; }));
    }
  }

  destroy() {
    this.#socket.destroy();
  }

  async #readHead() {
    while (this.status === 0) {
      if (this.ended) throw new Error('the server ended the connection before it answered');
      await new Promise((resolve) => { this.#wake = resolve; });
    }
  }

  #takeHead(piece) {
    this.#head = Buffer.concat([this.#head, piece]);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [first, ...lines] = this.#head.subarray(0, end).toString().split('\r\n');
    for (const line of lines) {
      const [, name, value] = line.match(/^([^:]+):\s*(.*?)\s*$/);
      if (name.toLowerCase() in this.headers) throw new Error(`the answer has two fields ${name}`);
      this.headers[name.toLowerCase()] = value;
    }
    this.status = Number(first.split(' ')[1]);
    const rest = this.#head.subarray(end + 4);
    if (rest.length > 0) this.#decoder.push(rest);
  }
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
