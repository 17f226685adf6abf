// The sequences are those of Markus Kuhn's UTF-8 decoder stress test, as the Autobahn suite uses them.
import { continuation, fragments, text } from '../lib/frames.js';

const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const invalid = (name, what, send, chop = null) => ({ name, what, send, chop, expect: [], close: 1007 });
const valid = (name, what, send, payload, chop = null) => ({ name, what, send, chop, expect: [text(payload)] });

const hello = 'Hello-µ@ßöäüàá-UTF-8!!';
const kosme = hex('ce ba e1 bd b9 cf 83 ce bc ce b5'); // κόσμε, its second letter in three bytes
const badMiddle = Buffer.concat([kosme, hex('ed a0 80'), Buffer.from('edited')]); // a surrogate
const beyond = Buffer.concat([kosme, hex('f4 90 80 80'), Buffer.from('edited')]); // above U+10FFFF

/** Each sequence as one frame, in fragments of one byte, and in packets of one byte. */
function everyWay(name, what, bytes, isValid) {
  const ways = [['', [text(bytes)], null], [', in fragments of a byte', fragments(text, bytes, 1), null], [', byte by byte', [text(bytes)], 1]];
  return ways.map(([way, send, chop], i) => {
    const named = `${name}${'abc'[i]}`;
    return isValid ? valid(named, what + way, send, bytes, chop) : invalid(named, what + way, send, chop);
  });
}

const table = (group, isValid, sequences) => sequences.flatMap((digits, i) => everyWay(`6.${group}.${i + 1}`, digits, hex(digits), isValid));

// Text that must be refused as soon as it is received: the rest of the message is never sent.
const failFast = [
  ['6.4.1', 'beyond U+10FFFF, in the middle of a fragmented message', [text(kosme, { fin: false }), continuation(hex('f4 90 80 80'), { fin: false })]],
  ['6.4.2', 'as soon as its second byte is there', [text(kosme, { fin: false }), continuation(hex('f4 90'), { fin: false })]],
  ['6.4.3', 'within a frame whose rest does not come', [text(beyond)], kosme.length + 4],
  ['6.4.4', 'the same as soon as its second byte is there', [text(beyond)], kosme.length + 2],
  ['6.4.5', 'a surrogate within a frame whose rest does not come', [text(badMiddle)], kosme.length + 2],
];

export default [
  valid('6.1.1', 'empty text', [text()], ''),
  valid('6.1.2', 'three empty fragments', [text('', { fin: false }), continuation('', { fin: false }), continuation()], ''),
  valid('6.1.3', 'an empty fragment on either side', [text('', { fin: false }), continuation('middle frame payload', { fin: false }), continuation()], 'middle frame payload'),

  valid('6.2.1', 'valid text', [text(hello)], hello),
  valid('6.2.2', 'valid text in two fragments, cut between characters', fragments(text, hello, [Buffer.byteLength('Hello-µ@ßöä')]), hello),
  valid('6.2.3', 'valid text in fragments of a byte', fragments(text, hello, 1), hello),
  valid('6.2.4', 'Greek in fragments of a byte', fragments(text, kosme, 1), kosme),

  invalid('6.3.1', 'a surrogate', [text(badMiddle)]),
  invalid('6.3.2', 'a surrogate, in fragments of a byte', fragments(text, badMiddle, 1)),

  ...failFast.map(([name, what, send, bytes = null]) => ({ name, what: `fails at once: ${what}`, send, payloadBytes: bytes, expect: [], close: 1007 })),

  ...table(5, true, ['ce ba e1 bd b9 cf 83 ce bc ce b5', '24 c2 a2 e2 82 ac f0 a4 ad a2', '48 65 6c 6c 6f 2d c2 b5 40 c3 9f c3 b6', 'f0 9f 98 80', 'ef bb bf 61']),
  // Every prefix of a text: whole characters are valid, the rest is not.
  ...Array.from({ length: kosme.length }, (_, i) => kosme.subarray(0, i + 1)).flatMap((prefix, i) =>
    everyWay(`6.6.${i + 1}`, `the first ${i + 1} bytes of ${kosme}`, prefix, [2, 5, 7, 9, 11].includes(i + 1))),
  // First possible sequence of a length.
  ...table(7, true, ['00', 'c2 80', 'e0 a0 80', 'f0 90 80 80']),
  ...table(8, false, ['f8 88 80 80 80', 'fc 84 80 80 80 80']),
  // Last possible sequence of a length.
  ...table(9, true, ['7f', 'df bf', 'ef bf bf', 'f4 8f bf bf']),
  ...table(10, false, ['f7 bf bf bf', 'fb bf bf bf bf', 'fd bf bf bf bf bf']),
  // Other boundaries.
  ...table(11, true, ['ed 9f bf', 'ee 80 80', 'ef bf bd', 'f4 8f bf bf']),
  ...table('11b', false, ['f4 90 80 80']),
  // Continuation bytes without a start.
  ...table(12, false, ['80', 'bf', '80 bf', '80 bf 80', '80 bf 80 bf', '80 bf 80 bf 80', '80 bf 80 bf 80 bf',
    Array.from({ length: 64 }, (_, i) => (0x80 + i).toString(16)).join(' ')]),
  // Starts without continuation, each followed by a space.
  ...table(13, false, [[0xc0, 0xdf], [0xe0, 0xef], [0xf0, 0xf7], [0xf8, 0xfb], [0xfc, 0xfd]].map(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${(first + i).toString(16)} 20`).join(' '))),
  // The last continuation byte is missing.
  ...table(14, false, ['c0', 'e0 80', 'f0 80 80', 'f8 80 80 80', 'fc 80 80 80 80', 'df', 'ef bf', 'f7 bf bf', 'fb bf bf bf', 'fd bf bf bf bf', 'c3', 'e2 82', 'f0 9f 98']),
  // The same sequences concatenated.
  ...table(15, false, ['c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf fb bf bf bf fd bf bf bf bf']),
  // Bytes that never occur.
  ...table(16, false, ['fe', 'ff', 'fe fe ff ff']),
  // Overlong forms: of '/', of the highest of each length, of NUL.
  ...table(17, false, ['c0 af', 'e0 80 af', 'f0 80 80 af', 'f8 80 80 80 af', 'fc 80 80 80 80 af']),
  ...table(18, false, ['c1 bf', 'e0 9f bf', 'f0 8f bf bf', 'f8 87 bf bf bf', 'fc 83 bf bf bf bf']),
  ...table(19, false, ['c0 80', 'e0 80 80', 'f0 80 80 80', 'f8 80 80 80 80', 'fc 80 80 80 80 80']),
  // Surrogates, alone and in pairs.
  ...table(20, false, ['ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf', 'ed b0 80', 'ed be 80', 'ed bf bf']),
  ...table(21, false, ['ed a0 80 ed b0 80', 'ed a0 80 ed bf bf', 'ed ad bf ed b0 80', 'ed ad bf ed bf bf', 'ed ae 80 ed b0 80', 'ed ae 80 ed bf bf', 'ed af bf ed b0 80', 'ed af bf ed bf bf']),
  // Noncharacters are valid: U+FFFE, U+FFFF, and the last two of each plane.
  ...table(22, true, ['ef bf be', 'ef bf bf', ...Array.from({ length: 16 }, (_, plane) => [0xfffe, 0xffff].map((low) =>
    Buffer.from(String.fromCodePoint((plane + 1) * 0x10000 + low)).toString('hex'))).flat()]),
  // The replacement character and its neighbours.
  ...table(23, true, ['ef bf b9', 'ef bf ba', 'ef bf bb', 'ef bf bc', 'ef bf bd', 'ef bf be', 'ef bf bf']),
];
