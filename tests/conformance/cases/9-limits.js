// Large messages and many. The server's limit is 16 MiB here.
import { binary, fragments, text } from '../lib/frames.js';

const KiB = 1024;
const MiB = 1024 * KiB;
const sizes = [64 * KiB, 256 * KiB, MiB, 4 * MiB, 8 * MiB, 16 * MiB];
const size = (bytes) => (bytes < KiB ? `${bytes} bytes` : bytes < MiB ? `${bytes / KiB} KiB` : `${bytes / MiB} MiB`);
const kinds = [['text', text, '*'], ['binary', binary, 0xfe]];

// Rows that fill 16 MiB are lazy: only one of them is in memory at a time.
const row = (name, what, make) => ({ name, what, make });

export default [
  ...kinds.flatMap(([kind, make, byte], k) => sizes.map((bytes, i) => row(`9.${k + 1}.${i + 1}`, `${kind} of ${size(bytes)}`, () => {
    const payload = Buffer.alloc(bytes, byte);
    return { send: [make(payload)], expect: [make(payload)] };
  }))),
  ...kinds.flatMap(([kind, make, byte], k) => [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB].map((piece, i) => {
    const bytes = piece < 4 * KiB ? MiB : 4 * MiB; // small fragments are many frames
    return row(`9.${k + 3}.${i + 1}`, `${kind} of ${size(bytes)} in fragments of ${size(piece)}`, () => {
      const payload = Buffer.alloc(bytes, byte);
      return { send: fragments(make, payload, piece), expect: [make(payload)] };
    });
  })),
  ...kinds.flatMap(([kind, make, byte], k) => [64, 128, 256, 512, KiB, 2 * KiB].map((chop, i) => row(`9.${k + 5}.${i + 1}`, `${kind} of 1 MiB in packets of ${size(chop)}`, () => {
    const payload = Buffer.alloc(MiB, byte);
    return { send: [make(payload)], chop, expect: [make(payload)] };
  }))),
  ...kinds.flatMap(([kind, make, byte], k) => [0, 16, 64, 256, KiB, 4 * KiB].map((bytes, i) => row(`9.${k + 7}.${i + 1}`, `1000 messages of ${size(bytes)}, ${kind}`, () => {
    const messages = Array.from({ length: 1000 }, () => make(Buffer.alloc(bytes, byte)));
    return { send: messages, expect: messages };
  }))),
  { name: '9.9.1', what: 'a header that announces more than the limit', send: [Buffer.from('81ff000000000100000100000000', 'hex')], expect: [], close: 1009 },
  row('9.9.2', 'fragments that are together beyond the limit', () => ({ send: fragments(binary, Buffer.alloc(16 * MiB + 1), 8 * MiB), expect: [], close: 1009 })),
];
