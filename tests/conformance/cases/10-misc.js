import { fragments, text } from '../lib/frames.js';

const payload = '*'.repeat(65536);

export default [
  { name: '10.1.1', what: '64 KiB in fragments of 1300 bytes', send: fragments(text, payload, 1300), expect: [text(payload)] },
  { name: '10.1.2', what: '64 KiB in fragments of 1300 bytes and packets of 997', send: fragments(text, payload, 1300), chop: 997, expect: [text(payload)] },
];
