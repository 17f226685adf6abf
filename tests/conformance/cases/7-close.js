import { close, continuation, ping, text } from '../lib/frames.js';

const hello = text('Hello World!');
const large = text('BAsd7&jh23'.repeat(26215).slice(0, 256 * 1024));
const longest = '*'.repeat(123);
const code = (name, number, outcome = number) => ({ name, what: `code ${number}`, send: [close(number)], expect: [], close: outcome });

export default [
  { name: '7.1.1', what: 'message, close', send: [hello, close(1000)], expect: [hello], close: 1000 },
  { name: '7.1.2', what: 'two closes', send: [close(1000), close(1000)], expect: [], close: 1000 },
  { name: '7.1.3', what: 'close, ping', send: [close(1000), ping()], expect: [], close: 1000 },
  { name: '7.1.4', what: 'close, text', send: [close(1000), hello], expect: [], close: 1000 },
  { name: '7.1.5', what: 'fragment, close, fragment', send: [text('fragment1', { fin: false }), close(1000), continuation('fragment2')], expect: [], close: 1000 },
  { name: '7.1.6', what: '256 KiB, text, close, ping', send: [large, hello, close(1000), ping()], expect: [large, hello], close: 1000 },

  { name: '7.3.1', what: 'close without payload', send: [close()], expect: [], close: 1000 },
  { name: '7.3.2', what: 'close with a payload of one byte', send: [{ ...close(), payload: Buffer.from('a') }], expect: [], close: 1002 },
  { name: '7.3.3', what: 'close with a code', send: [close(1000)], expect: [], close: 1000 },
  { name: '7.3.4', what: 'close with a code and a reason', send: [close(1000, 'Hello World!')], expect: [], close: 1000, reason: 'Hello World!' },
  { name: '7.3.5', what: 'close with the longest reason', send: [close(1000, longest)], expect: [], close: 1000, reason: longest },
  { name: '7.3.6', what: 'close with a longer reason', send: [close(1000, `${longest}*`)], expect: [], close: 1002 },

  { name: '7.5.1', what: 'reason that is no UTF-8', send: [close(1000, Buffer.from('cebae1bdb9cf83cebccebeeda080656469746564', 'hex'))], expect: [], close: 1007 },

  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((number, i) => code(`7.7.${i + 1}`, number)),
  // Registered since the Autobahn suite was written.
  ...[1012, 1013, 1014].map((number, i) => code(`7.7.${i + 14}`, number)),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999].map((number, i) => code(`7.9.${i + 1}`, number, 1002)),
  ...[5000, 65535].map((number, i) => code(`7.13.${i + 1}`, number, 1002)),
];
