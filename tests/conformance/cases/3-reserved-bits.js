import { binary, close, ping, text } from '../lib/frames.js';

const hello = 'Hello, world!';

export default [
  { name: '3.1', what: 'RSV 1 on text', send: [text(hello, { rsv: 1 })], expect: [], close: 1002 },
  { name: '3.2', what: 'text, RSV 2 on text, ping', send: [text(hello), text(hello, { rsv: 2 }), ping()], expect: [text(hello)], close: 1002 },
  { name: '3.3', what: 'text, RSV 3 on text, ping, frame by frame', send: [text(hello), text(hello, { rsv: 3 }), ping()], chop: 'frame', expect: [text(hello)], close: 1002 },
  { name: '3.4', what: 'text, RSV 4 on text, ping, byte by byte', send: [text(hello), text(hello, { rsv: 4 }), ping()], chop: 1, expect: [text(hello)], close: 1002 },
  { name: '3.5', what: 'RSV 5 on binary', send: [binary(Buffer.from([0, 255, 254]), { rsv: 5 })], expect: [], close: 1002 },
  { name: '3.6', what: 'RSV 6 on ping', send: [ping(hello, { rsv: 6 })], expect: [], close: 1002 },
  { name: '3.7', what: 'RSV 7 on close', send: [close(1000, '', { rsv: 7 })], expect: [], close: 1002 },
  { name: '3.8', what: 'a frame that is not masked', send: [text(hello, { masked: false })], expect: [], close: 1002 },
];
