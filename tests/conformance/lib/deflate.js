// The client's side of permessage-deflate (RFC 7692): the negotiated parameters, and both directions. A context that is kept
// from message to message is a dictionary of the earlier data.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const tail = Buffer.from([0, 0, 0xff, 0xff]);
const parameters = new Set(['server_no_context_takeover', 'client_no_context_takeover', 'server_max_window_bits', 'client_max_window_bits']);

/** The parameters of the server's answer, or null if it declined. Throws for an answer that section 7.1 forbids. */
export function agreement(header) {
  if (header === undefined) return null;
  const [name, ...rest] = header.split(';').map((part) => part.trim());
  if (name !== 'permessage-deflate') throw new Error(`the server answered ${header}`);
  const agreed = {};
  for (const parameter of rest) {
    const [key, value = true] = parameter.split('=');
    if (!parameters.has(key) || key in agreed) throw new Error(`the server answered ${header}`);
    if (key.endsWith('_bits') !== /^([89]|1[0-5])$/.test(String(value))) throw new Error(`the server answered ${header}`);
    agreed[key] = value;
  }
  return agreed;
}

export class Deflate {
  #sent = Buffer.alloc(0);
  #received = Buffer.alloc(0);

  constructor(agreed) {
    this.clientBits = Number(agreed.client_max_window_bits ?? 15);
    this.serverBits = Number(agreed.server_max_window_bits ?? 15);
    this.clientContext = !agreed.client_no_context_takeover;
    this.serverContext = !agreed.server_no_context_takeover;
  }

  compress(message, options = {}) {
    const dictionary = this.clientContext && this.#sent.length > 0 ? { dictionary: this.#sent } : {};
    const windowBits = Math.max(this.clientBits, 9);
    const bytes = deflateRawSync(message, { windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary, ...options });
    this.#sent = remember(this.#sent, message, Math.min(this.clientBits, windowBits));
    if (!bytes.subarray(-4).equals(tail)) throw new Error('zlib did not flush');
    return bytes.subarray(0, -4);
  }

  decompress(payload) {
    const dictionary = this.serverContext && this.#received.length > 0 ? { dictionary: this.#received } : {};
    const message = inflateRawSync(Buffer.concat([payload, tail]), { windowBits: this.serverBits, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
    this.#received = remember(this.#received, message, this.serverBits);
    return message;
  }
}

function remember(before, message, bits) {
  return Buffer.concat([before, message]).subarray(-(1 << bits));
}
