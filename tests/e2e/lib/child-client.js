// A client in a separate process, which a test may stop: node child-client.js PORT PATH COOKIES

import WebSocket from 'ws';

const [port, path, cookies] = process.argv.slice(2);
const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { Cookie: cookies } });

ws.on('open', () => {
  ws.send(JSON.stringify({ event: 'hello', data: { after: 0 } }));
  process.send('open');
});
ws.on('close', () => process.exit(0));
