// `laraman gateway` without an application, and the parts of protobuf and of netsvr's worker protocol that a business needs.

import { spawn } from 'node:child_process';
import net from 'node:net';
import { join } from 'node:path';
import { binary, cleanEnvironment } from './app.js';
import { freePort, temporaryFolder, until, within } from './workspace.js';

const running = new Set();
process.on('exit', () => running.forEach((gateway) => gateway.process.kill('SIGKILL')));

export class Gateway {
  /** Starts the gateway and waits until it is ready. `listen`: flags with its address, instead of a free port. */
  static async start({ loops = 1, flags = [], listen = null } = {}) {
    const port = listen ? 0 : await freePort();
    const folder = temporaryFolder();
    const args = ['gateway', '--config', '/dev/null', '--runtime-dir', folder, '--loops', loops, ...(listen ?? ['--port', port]), ...flags];
    const child = spawn(binary, args.map(String), { cwd: '/', env: cleanEnvironment({}), stdio: ['ignore', 'pipe', 'pipe'] });
    const gateway = new Gateway(port, folder, child);
    running.add(gateway);
    let code = null;
    gateway.ended.then((end) => { code = end.code ?? end.signal; });
    await until('the word that it serves', () => {
      if (code !== null) throw new Error(`laraman gateway ended with ${code}:\n${gateway.log}`);
      return gateway.log.includes('gateway serves');
    }, 30);
    return gateway;
  }

  constructor(port, folder, child) {
    Object.assign(this, { port, folder, process: child, log: '' });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { this.log += bytes; });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  /** A business that receives all events. */
  business() {
    return Business.connect(join(this.folder, 'worker.sock'));
  }

  async stop() {
    this.process.kill('SIGTERM');
    return within(15, 'the end of the gateway', this.ended);
  }
}

const commands = { 900001001: 'open', 900001002: 'close', 900001003: 'message' };

export class Business {
  events = [];

  static async connect(path) {
    const business = new Business(net.connect(path));
    business.socket.write(netsvrFrame(900003001, encode([[1, 7], [100, 'e2e']])));
    await until('the answer to the registration', () => business.registered);
    return business;
  }

  constructor(socket) {
    this.socket = socket;
    let received = Buffer.alloc(0);
    socket.on('error', () => {}).on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
        const size = received.readUInt32BE();
        const command = received.readUInt32BE(4);
        const fields = decode(received.subarray(8, 4 + size));
        received = received.subarray(4 + size);
        if (command === 900003001) this.registered = true;
        else this.events.push({ kind: commands[command], id: text(fields, 1), fields });
      }
    });
  }

  /** Waits for this number of events, and returns their kinds. */
  async kinds(count) {
    await until(`${count} events`, () => this.events.length >= count);
    return this.events.map(({ kind }) => kind);
  }

  end() {
    this.socket.destroy();
  }
}

function netsvrFrame(command, body) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(4 + body.length);
  head.writeUInt32BE(command, 4);
  return Buffer.concat([head, body]);
}

/** A protobuf message of [field number, value] pairs; a value is a number, a boolean, a string or bytes. */
export function encode(fields) {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (typeof value === 'number' || typeof value === 'boolean') return [varint(number << 3), varint(Number(value))];
    const bytes = Buffer.from(value);
    return [varint((number << 3) | 2), varint(bytes.length), bytes];
  }));
}

/** The fields of a protobuf message: field number -> list of numbers and Buffers. */
export function decode(bytes) {
  const fields = {};
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = next();
    let value = next();
    if ((key & 7) === 2) {
      at += value;
      value = bytes.subarray(at - value, at);
    }
    (fields[key >> 3] ??= []).push(value);
  }
  return fields;
}

/** The string in this field; empty if the field is missing. */
export function text(fields, number) {
  return fields[number]?.[0].toString() ?? '';
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
