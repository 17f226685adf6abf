// Groups 12 and 13: messages of many sizes and kinds, compressed, under every combination of parameters; and what
// RFC 7692 forbids. `offer` is the client's offer; `answer` is the expected answer of the server, by its mode.
import { createHash } from 'node:crypto';

const sizes = [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072];
const noContext = 'server_no_context_takeover';
const noClientContext = 'client_no_context_takeover';
const deflate = (...parameters) => ['permessage-deflate', ...parameters].join('; ');
const bothWithout = (...more) => deflate(noContext, noClientContext, ...more);

const made = new Map();

/** Pseudo-random bytes, which are the same in every run. */
function noise(size, seed) {
  const key = `${size} ${seed}`;
  if (!made.has(key)) made.set(key, makeNoise(size, seed));
  return made.get(key);
}
function makeNoise(size, seed) {
  const parts = [];
  for (let i = 0; i * 32 < size; i++) parts.push(createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, size);
}
const words = ['lorem', 'ipsum', 'dolor', 'sit', 'amet', 'consectetur', 'größer', 'κόσμε', '😀', 'room.1'];
function prose(size, seed) {
  const choice = noise(Math.ceil(size / 4) + 1, seed);
  let text = '';
  for (let i = 0; text.length < size; i++) text += `${words[choice[i % choice.length] % words.length]} `;
  return Buffer.from(text).subarray(0, size).toString().replace(/�+$/, '');
}
function json(size, seed) {
  const rows = [];
  for (let i = 0; i * 60 < size; i++) rows.push({ id: i * seed, event: 'said', data: { text: `message number ${i}`, by: i % 7 } });
  return JSON.stringify(rows);
}
const kinds = [
  { kind: 'json', binary: false, make: json },
  { kind: 'prose', binary: false, make: prose },
  { kind: 'bytes that do not compress', binary: true, make: noise },
  { kind: 'bytes that do', binary: true, make: (size, seed) => Buffer.from(prose(size, seed)) },
];

const rows = [];

// 12.x: kinds of messages, sizes, fragments. Ten messages each, the last one as large as the first.
kinds.forEach(({ kind, binary, make }, k) => {
  sizes.forEach((size, i) => rows.push({
    name: `12.${k + 1}.${i + 1}`, what: `${kind}, ${size} bytes`, offer: deflate('client_max_window_bits'),
    answer: { shared: bothWithout(), context: deflate() }, binary,
    make: () => Array.from({ length: 10 }, (_, n) => make(size, n % 9 + 1)),
  }));
  [1, 7, 256, 1000].forEach((fragment, i) => rows.push({
    name: `12.${k + 1}.${sizes.length + i + 1}`, what: `${kind}, in fragments of ${fragment}`, offer: deflate(),
    answer: { shared: bothWithout(), context: deflate() }, binary, fragment,
    make: () => [300, 3000, 40, 3000].map((size, n) => make(size, n + 1)),
  }));
});

// 13.x: parameters.
const offers = [
  [deflate(), bothWithout(), deflate()],
  [deflate(noContext), bothWithout(), deflate(noContext)],
  [deflate(noClientContext), bothWithout(), deflate(noClientContext)],
  [deflate(noContext, noClientContext), bothWithout(), bothWithout()],
  ...[8, 9, 10, 11, 12, 13, 14, 15].map((bits) => {
    const asked = `server_max_window_bits=${bits}`;
    return [deflate(asked), bothWithout(asked), deflate(asked)];
  }),
  [deflate(noContext, 'server_max_window_bits=9'), bothWithout('server_max_window_bits=9'), deflate(noContext, 'server_max_window_bits=9')],
  [deflate('client_max_window_bits=9'), bothWithout(), deflate('client_max_window_bits=9')],
  [deflate('client_max_window_bits="10"', noContext), bothWithout(), deflate(noContext, 'client_max_window_bits=10')],
  // The first acceptable offer is accepted.
  [`x-private; a=1, ${deflate('server_max_window_bits=9')}, ${deflate()}`, bothWithout('server_max_window_bits=9'), deflate('server_max_window_bits=9')],
  [`${deflate('server_max_window_bits=20')}, ${deflate('mystery')}, ${deflate(noContext)}`, bothWithout(), deflate(noContext)],
];
offers.forEach(([offer, shared, context], k) => sizes.forEach((size, i) => rows.push({
  name: `13.${k + 1}.${i + 1}`, what: `${offer}: ${size} bytes`, offer, answer: { shared, context }, binary: i % 2 === 1,
  make: () => Array.from({ length: 6 }, (_, n) => (i % 2 === 1 ? Buffer.from(prose(size, n % 4)) : json(size, n % 4 + 1))),
})));

// Invalid offers (section 7.1) are declined; messages are then uncompressed.
[
  deflate('mystery'), deflate(`${noContext}=1`), deflate(noContext, noContext), deflate('server_max_window_bits'), deflate('server_max_window_bits=7'),
  deflate('server_max_window_bits=16'), deflate('server_max_window_bits=09'), deflate('client_max_window_bits=x'), 'x-webkit-deflate-frame', '',
].forEach((offer, i) => rows.push({
  name: `13.decline.${i + 1}`, what: `declines "${offer}"`, offer, answer: { shared: undefined, context: undefined }, binary: false,
  make: () => [json(1000, 1), 'short'],
}));

export default rows;
