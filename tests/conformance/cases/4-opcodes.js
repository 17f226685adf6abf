import { ofOpcode, ping, text } from '../lib/frames.js';

const hello = 'Hello, world!';

const rows = (group, opcodes) => opcodes.flatMap((opcode, i) => {
  const name = `4.${group}.${i + 1}`;
  const kind = `opcode ${opcode}`;
  return [
    { name: `${name}a`, what: `${kind}, empty`, send: [ofOpcode(opcode)], expect: [], close: 1002 },
    { name: `${name}b`, what: `${kind} with payload`, send: [ofOpcode(opcode, 'reserved')], expect: [], close: 1002 },
    { name: `${name}c`, what: `text, then ${kind} and ping`, send: [text(hello), ofOpcode(opcode), ping()], expect: [text(hello)], close: 1002 },
    { name: `${name}d`, what: `the same byte by byte`, send: [text(hello), ofOpcode(opcode, 'reserved'), ping()], chop: 1, expect: [text(hello)], close: 1002 },
  ];
});

export default [...rows(1, [3, 4, 5, 6, 7]), ...rows(2, [11, 12, 13, 14, 15])];
