// Negotiation and refusals before the first frame. The server is configured with the sub-protocols "chat.v2" and "chat".
const extensions = (value) => ({ 'Sec-WebSocket-Extensions': value });
const protocols = (value) => ({ 'Sec-WebSocket-Protocol': value });

export default [
  { name: 'H.1', what: 'the plain handshake', headers: {}, status: 101, answer: {} },
  { name: 'H.2', what: 'Firefox\'s Connection field', headers: { Connection: 'keep-alive, Upgrade' }, status: 101, answer: {} },
  { name: 'H.3', what: 'another version', headers: { 'Sec-WebSocket-Version': '8' }, status: 426, answer: { 'sec-websocket-version': '13' } },
  { name: 'H.4', what: 'a key of the wrong length', headers: { 'Sec-WebSocket-Key': 'YWJj' }, status: 400 },
  { name: 'H.5', what: 'no Connection: Upgrade', headers: { Connection: 'keep-alive' }, status: 400 },

  { name: 'H.6', what: 'a sub-protocol that is configured', headers: protocols('chat'), status: 101, answer: { 'sec-websocket-protocol': 'chat' } },
  { name: 'H.7', what: 'the first offered that is configured', headers: protocols('mqtt, chat, chat.v2'), status: 101, answer: { 'sec-websocket-protocol': 'chat' } },
  { name: 'H.8', what: 'two fields of sub-protocols', headers: protocols(['mqtt', 'chat.v2']), status: 101, answer: { 'sec-websocket-protocol': 'chat.v2' } },
  { name: 'H.9', what: 'none that is configured', headers: protocols('mqtt, Chat'), status: 101, answer: { 'sec-websocket-protocol': undefined } },
  { name: 'H.10', what: 'a sub-protocol twice', headers: protocols('chat, chat'), status: 400 },
  { name: 'H.11', what: 'a sub-protocol that is no token', headers: protocols('chat room'), status: 400 },

  { name: 'H.12', what: 'extensions that nobody knows', headers: extensions('foo; bar="baz", qux'), status: 101, answer: { 'sec-websocket-extensions': undefined } },
  ...[';', 'foo;', 'foo; =1', 'foo; a=', 'foo bar', 'foo; a="x y"', 'foo; a="x', 'permessage-deflate; server_max_window_bits=10 0'].map((value, i) => ({
    name: `H.${i + 13}`, what: `malformed extensions: ${value}`, headers: extensions(value), status: 400,
  })),
];
