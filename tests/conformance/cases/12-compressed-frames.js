// Single compressed frames: unusual frames that RFC 7692 allows, and frames that it forbids. Each row runs on a connection
// that has negotiated permessage-deflate. Only the server's message is compared, compressed or not.
import { deflateRawSync } from 'node:zlib';
import { binary, close, continuation, ping, pong, text } from '../lib/frames.js';

const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const compressed = { rsv: 4 };
const start = { fin: false, rsv: 4 };
const hello = hex('f2 48 cd c9 c9 07 00'); // section 7.2.3.1
const bomb = Buffer.concat([deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 }), Buffer.from([0])]);

export default [
  { name: '12.a.1', what: 'the example of the standard', send: [text(hello, compressed)], expect: [text('Hello')] },
  { name: '12.a.2', what: 'the example in two fragments', send: [text(hello.subarray(0, 3), start), continuation(hello.subarray(3))], expect: [text('Hello')] },
  { name: '12.a.3', what: 'a ping between the fragments', send: [text(hello.subarray(0, 3), start), ping('p'), continuation(hello.subarray(3))], expect: [pong('p'), text('Hello')] },
  { name: '12.a.4', what: 'byte by byte', send: [text(hello, compressed)], chop: 1, expect: [text('Hello')] },
  { name: '12.a.5', what: 'a block that is not compressed', send: [text(hex('00 05 00 fa ff 48 65 6c 6c 6f 00'), compressed)], expect: [text('Hello')] },
  { name: '12.a.6', what: 'a block with BFINAL', send: [text(hex('f3 48 cd c9 c9 07 00 00'), compressed)], expect: [text('Hello')] },
  { name: '12.a.7', what: 'two blocks', send: [text(hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), compressed)], expect: [text('Hello')] },
  { name: '12.a.8', what: 'an empty message', send: [text(hex('00'), compressed), text('x')], expect: [text(), text('x')] },
  { name: '12.a.9', what: 'an empty first and last fragment', send: [binary('', start), continuation(hello, { fin: false }), continuation()], expect: [binary('Hello')] },
  { name: '12.a.10', what: 'messages that are not compressed in between', send: [text('one'), text(hello, compressed), binary('three')], expect: [text('one'), text('Hello'), binary('three')] },

  { name: '12.b.1', what: 'RSV 1 on a continuation', send: [text(hello.subarray(0, 3), start), continuation(hello.subarray(3), compressed)], expect: [], close: 1002 },
  { name: '12.b.2', what: 'RSV 1 only on the continuation', send: [text('a', { fin: false }), continuation(hello, compressed)], expect: [], close: 1002 },
  { name: '12.b.3', what: 'RSV 1 on a ping', send: [ping('p', compressed)], expect: [], close: 1002 },
  { name: '12.b.4', what: 'RSV 1 on a close', send: [close(1000, '', compressed)], expect: [], close: 1002 },
  { name: '12.b.5', what: 'RSV 1 and RSV 2', send: [text(hello, { rsv: 6 })], expect: [], close: 1002 },
  { name: '12.b.6', what: 'a reserved block type', send: [text(hex('07'), compressed)], expect: [], close: 1007 },
  { name: '12.b.7', what: 'a reference to before the beginning', send: [text(hex('f2 00 11 00 00'), compressed)], expect: [], close: 1007 },
  { name: '12.b.8', what: 'a stream that is cut short', send: [text(hello.subarray(0, 4), compressed)], expect: [], close: 1007 },
  { name: '12.b.9', what: 'text that is no UTF-8', send: [text(hex('00 02 00 fd ff c3 28 00'), compressed)], expect: [], close: 1007 },
  { name: '12.b.10', what: 'the same as binary', send: [binary(hex('00 02 00 fd ff c3 28 00'), compressed)], expect: [binary(hex('c3 28'))] },
  { name: '12.b.11', what: `${bomb.length} bytes that become 64 MiB`, send: [binary(bomb, compressed)], expect: [], close: 1009 },
];
