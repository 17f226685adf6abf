import { binary, text } from '../lib/frames.js';

const rows = [
  // length, chop
  [0], [125], [126], [127], [128], [65535], [65536], [65536, 997],
];

const group = (number, kind, byte) => rows.map(([size, chop = null], i) => {
  const payload = Buffer.alloc(size, byte);
  return { name: `1.${number}.${i + 1}`, what: `${kind.name} of ${size} bytes${chop ? ` in pieces of ${chop}` : ''}`, send: [kind.make(payload)], chop, expect: [kind.make(payload)] };
});

export default [
  ...group(1, { name: 'text', make: text }, '*'),
  ...group(2, { name: 'binary', make: binary }, 0xfe),
];
