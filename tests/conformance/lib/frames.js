// Frames of RFC 6455 section 5 as a client writes and reads them; every part of a frame can be made invalid.

import { randomBytes } from 'node:crypto';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const names = Object.fromEntries(Object.entries(opcodes).map(([name, opcode]) => [opcode, name]));

/** A frame of a row: {opcode, payload, fin, rsv, masked}, the payload as Buffer. */
const frame = (opcode) => (payload = '', { fin = true, rsv = 0, masked = true } = {}) => ({ opcode, payload: Buffer.from(payload), fin, rsv, masked });

export const text = frame(opcodes.text);
export const binary = frame(opcodes.binary);
export const continuation = frame(opcodes.continuation);
export const ping = frame(opcodes.ping);
export const pong = frame(opcodes.pong);
export const ofOpcode = (opcode, ...rest) => frame(opcode)(...rest);

/** A close frame; without a code, an empty close frame. */
export const close = (code = null, reason = '', more = {}) => frame(opcodes.close)(closePayload(code, reason), more);

export function closePayload(code, reason) {
  if (code === null) return Buffer.alloc(0);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}

/** A message in fragments, split at these byte offsets, or into pieces of this number of bytes. */
export function fragments(first, payload, cuts) {
  const bytes = Buffer.from(payload);
  const at = Array.isArray(cuts) ? [0, ...cuts, bytes.length] : [];
  if (!Array.isArray(cuts)) {
    for (let i = 0; i < bytes.length; i += cuts) at.push(i);
    at.push(bytes.length);
  }
  return at.slice(1).map((end, i) => {
    const fin = i === at.length - 2;
    const piece = bytes.subarray(at[i], end);
    return i === 0 ? first(piece, { fin }) : continuation(piece, { fin });
  });
}

export function encode({ opcode, payload, fin, rsv, masked }) {
  const { length } = payload;
  const mask = masked ? 0x80 : 0;
  let head;
  if (length < 126) {
    head = Buffer.from([0, mask | length]);
  } else if (length < 65536) {
    head = Buffer.from([0, mask | 126, length >> 8, length & 255]);
  } else {
    head = Buffer.alloc(10);
    head[1] = mask | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (!masked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = payload[i] ^ key[i & 3];
  return Buffer.concat([head, key, bytes]);
}

/** Reads the server's frames from bytes that arrive in pieces, and refuses invalid frames from a server. */
export class Decoder {
  #bytes = [];
  #length = 0;

  push(piece) {
    this.#bytes.push(piece);
    this.#length += piece.length;
  }

  /** The next complete frame {name, opcode, fin, rsv, payload}, or null. */
  next() {
    const head = this.#peek(10);
    if (head.length < 2) return null;
    const short = head[1] & 127;
    if (head[1] & 128) throw new Error('the server masked a frame (section 5.1)');
    const headSize = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (head.length < headSize) return null;
    const size = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    if ((short === 126 && size < 126) || (short === 127 && size < 65536)) throw new Error('a length not in its shortest form (section 5.2)');
    if (this.#length < headSize + size) return null;
    const whole = this.#bytes.length === 1 ? this.#bytes[0] : Buffer.concat(this.#bytes);
    const rest = whole.subarray(headSize + size);
    this.#bytes = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    const opcode = head[0] & 15;
    if (names[opcode] === undefined) throw new Error(`the server sent opcode ${opcode}`);
    return { name: names[opcode], opcode, fin: head[0] >= 128, rsv: (head[0] >> 4) & 7, payload: whole.subarray(headSize, headSize + size) };
  }

  #peek(size) {
    if (this.#bytes.length > 1 && this.#bytes[0].length < size) this.#bytes = [Buffer.concat(this.#bytes)];
    return (this.#bytes[0] ?? Buffer.alloc(0)).subarray(0, size);
  }
}
