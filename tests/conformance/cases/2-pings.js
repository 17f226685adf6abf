import { ping, pong } from '../lib/frames.js';

const bytes = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const ten = Array.from({ length: 10 }, (_, i) => `payload-${i}`);

export default [
  { name: '2.1', what: 'ping without payload', send: [ping()], expect: [pong()] },
  { name: '2.2', what: 'ping with text', send: [ping('Hello, world!')], expect: [pong('Hello, world!')] },
  { name: '2.3', what: 'ping with bytes that are no text', send: [ping(bytes)], expect: [pong(bytes)] },
  { name: '2.4', what: 'ping of 125 bytes', send: [ping(Buffer.alloc(125, 0xfe))], expect: [pong(Buffer.alloc(125, 0xfe))] },
  { name: '2.5', what: 'ping of 126 bytes', send: [ping(Buffer.alloc(126, 0xfe))], expect: [], close: 1002 },
  { name: '2.6', what: 'ping of 125 bytes, byte by byte', send: [ping(Buffer.alloc(125, 0xfe))], chop: 1, expect: [pong(Buffer.alloc(125, 0xfe))] },
  { name: '2.7', what: 'pong that nobody asked for', send: [pong()], expect: [] },
  { name: '2.8', what: 'pong that nobody asked for, with payload', send: [pong('unsolicited pong payload')], expect: [] },
  { name: '2.9', what: 'pong that nobody asked for, then ping', send: [pong('unsolicited pong payload'), ping('ping payload')], expect: [pong('ping payload')] },
  { name: '2.10', what: 'ten pings', send: ten.map((payload) => ping(payload)), expect: ten.map((payload) => pong(payload)) },
  { name: '2.11', what: 'ten pings, byte by byte', send: ten.map((payload) => ping(payload)), chop: 1, expect: ten.map((payload) => pong(payload)) },
];
