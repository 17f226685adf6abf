import { binary, continuation, ping, pong, text } from '../lib/frames.js';

const part = (n) => `fragment${n}`;
const more = { fin: false };
const two = [text(part(1), more), continuation(part(2))];
const both = [text('fragment1fragment2')];
const pinged = [text(part(1), more), ping('ping payload'), continuation(part(2))];
const afterPong = [pong('ping payload'), text('fragment1fragment2')];
const nothing = (fin, rest = [text('Hello, world!')]) => [continuation('non-continuation payload', { fin }), ...rest];
const five = [
  text(part(1), more), continuation(part(2), more), ping('pong me 1!'), continuation(part(3), more),
  continuation(part(4), more), ping('pong me 2!'), continuation(part(5)),
];
const afterFive = [pong('pong me 1!'), pong('pong me 2!'), text('fragment1fragment2fragment3fragment4fragment5')];

export default [
  { name: '5.1', what: 'ping in two fragments', send: [ping(part(1), more), continuation(part(2))], expect: [], close: 1002 },
  { name: '5.2', what: 'pong in two fragments', send: [pong(part(1), more), continuation(part(2))], expect: [], close: 1002 },
  { name: '5.3', what: 'text in two fragments', send: two, expect: both },
  { name: '5.4', what: 'text in two fragments, frame by frame', send: two, chop: 'frame', expect: both },
  { name: '5.5', what: 'text in two fragments, byte by byte', send: two, chop: 1, expect: both },
  { name: '5.6', what: 'ping between two fragments', send: pinged, expect: afterPong },
  { name: '5.7', what: 'ping between two fragments, frame by frame', send: pinged, chop: 'frame', expect: afterPong },
  { name: '5.8', what: 'ping between two fragments, byte by byte', send: pinged, chop: 1, expect: afterPong },
  { name: '5.9', what: 'last continuation of nothing, then text', send: nothing(true), expect: [], close: 1002 },
  { name: '5.10', what: '5.9 frame by frame', send: nothing(true), chop: 'frame', expect: [], close: 1002 },
  { name: '5.11', what: '5.9 byte by byte', send: nothing(true), chop: 1, expect: [], close: 1002 },
  { name: '5.12', what: 'first continuation of nothing, then text', send: nothing(false), expect: [], close: 1002 },
  { name: '5.13', what: '5.12 frame by frame', send: nothing(false), chop: 'frame', expect: [], close: 1002 },
  { name: '5.14', what: '5.12 byte by byte', send: nothing(false), chop: 1, expect: [], close: 1002 },
  { name: '5.15', what: 'a whole message, continuation of nothing, text', send: [...two, ...nothing(false)], expect: both, close: 1002 },
  { name: '5.16', what: 'continuation of nothing before a message in fragments, twice', send: [...nothing(false, two), ...nothing(false, two)], expect: [], close: 1002 },
  { name: '5.17', what: 'last continuation of nothing before a message in fragments, twice', send: [...nothing(true, two), ...nothing(true, two)], expect: [], close: 1002 },
  { name: '5.18', what: 'a message within a message', send: [text(part(1), more), text(part(2))], expect: [], close: 1002 },
  { name: '5.18b', what: 'a message of the other kind within a message', send: [text(part(1), more), binary(part(2))], expect: [], close: 1002 },
  { name: '5.19', what: 'five fragments and two pings, frame by frame', send: five, chop: 'frame', expect: afterFive },
  { name: '5.20', what: 'five fragments and two pings, at once', send: five, expect: afterFive },
  { name: '5.20b', what: 'five fragments and two pings, byte by byte', send: five, chop: 1, expect: afterFive },
  { name: '5.20c', what: 'empty fragments', send: [text('', more), continuation('', more), ping(), continuation('x', more), continuation()], expect: [pong(), text('x')] },
];
