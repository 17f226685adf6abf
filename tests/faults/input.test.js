// Invalid input: each case gets the response that its specification requires, and the server goes on.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probeApp } from '../e2e/lib/app.js';
import { exchange, statusOf } from '../e2e/lib/http.js';
import { Server } from '../e2e/lib/server.js';
import { frame, RawSocket, Socket } from '../e2e/lib/socket.js';

const CLOSE = 8;
const PING = 9;

for (const loops of [1, 4]) {
  describe(`bad input, ${loops} event loops`, () => {
    let server;
    before(async () => {
      server = await Server.start(await probeApp(), { loops, flags: ['--max-message-bytes', 100_000] });
    });
    after(() => server?.stop());

    const malformed = {
      'no request line': 'nonsense\r\n\r\n',
      'a method with a space': 'GE T / HTTP/1.1\r\nHost: x\r\n\r\n',
      'no Host': 'GET / HTTP/1.1\r\n\r\n',
      'two Hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'a space before the colon': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
      'a folded header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n',
      'a control character': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\x01c\r\n\r\n',
      'a length that is no number': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n',
      'a negative length': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'two lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'length and chunks': 'POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'a chunk size that is none': 'POST /api/body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n',
    };
    for (const [what, bytes] of Object.entries(malformed)) {
      test(`400 for ${what}`, async () => {
        const answer = await exchange(server.port, bytes, { seconds: 5 });
        assert.equal(statusOf(answer), 400, answer.slice(0, 200));
      });
    }

    test('414 for an endless line, 431 for endless headers, 413 for a body that is too large', async () => {
      assert.equal(statusOf(await exchange(server.port, `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)), 414);
      assert.equal(statusOf(await exchange(server.port, `GET / HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(50_000)}\r\n`)), 431);
      assert.equal(statusOf(await exchange(server.port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(200_000)}\r\n\r\n`)), 431);
      assert.equal(statusOf(await exchange(server.port, 'POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n')), 413);
    });

    test('505 for a version that does not exist, 501 for a coding that is not known', async () => {
      assert.ok([400, 505].includes(statusOf(await exchange(server.port, 'GET / HTTP/3.7\r\nHost: x\r\n\r\n'))));
      assert.ok([400, 501].includes(statusOf(await exchange(server.port, 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n'))));
    });

    test('handshakes that are none', async () => {
      const head = 'GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
      assert.equal(statusOf(await exchange(server.port, `${head}Sec-WebSocket-Version: 13\r\n\r\n`, { seconds: 5 })), 400);
      assert.equal(statusOf(await exchange(server.port, `${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`, { seconds: 5 })), 400);
      const version = await exchange(server.port, `${head}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`, { seconds: 5 });
      assert.equal(statusOf(version), 426);
      assert.match(version, /sec-websocket-version: 13/i);
    });

    test('400 for the frames of a business: clients cannot reach what its ports do', async () => {
      const register = Buffer.alloc(10);
      register.writeUInt32BE(6, 0);
      register.writeUInt32BE(900003001, 4);
      register.set([0x08, 0x07], 8);  // all events
      assert.equal(statusOf(await exchange(server.port, Buffer.concat([register, Buffer.from('\r\n\r\n')]), { seconds: 5 })), 400);
    });

    const frames = {
      'a reserved bit': [frame(1, 'x', { reserved: 4 }), 1002],
      'a reserved opcode': [frame(3, 'x'), 1002],
      'no mask': [frame(1, 'x', { masked: false }), 1002],
      'a fragmented ping': [frame(PING, 'x', { fin: false }), 1002],
      'a ping that is too long': [frame(PING, 'x'.repeat(126)), 1002],
      'a continuation of nothing': [frame(0, 'x'), 1002],
      'a new message within one': [Buffer.concat([frame(1, 'x', { fin: false }), frame(1, 'y')]), 1002],
      'a close of one byte': [frame(CLOSE, 'x'), 1002],
      'a close code that is reserved': [frame(CLOSE, Buffer.from([0x03, 0xed])), 1002],
      'text that is not UTF-8': [frame(1, Buffer.from([0xc3, 0x28])), 1007],
      'text whose last character is cut off': [frame(1, Buffer.from([0xe2, 0x82])), 1007],
      'a close reason that is not UTF-8': [frame(CLOSE, Buffer.from([0x03, 0xe8, 0xff])), 1007],
      'a message that is too large': [frame(2, Buffer.alloc(100_001)), 1009],
      'fragments that are too large together': [Buffer.concat([frame(2, Buffer.alloc(60_000), { fin: false }), frame(0, Buffer.alloc(60_000))]), 1009],
      'a length beyond all bounds': [frame(2, '', { length: Number.MAX_SAFE_INTEGER }), 1009],
    };
    for (const [what, [bytes, code]] of Object.entries(frames)) {
      test(`close ${code} for ${what}`, async () => {
        const raw = await RawSocket.open(server, '/echo');
        raw.write(bytes);
        assert.equal(await raw.closeCode(), code);
        raw.socket.destroy();
      });
    }

    test('and everybody else is served as before', async () => {
      const socket = await Socket.open(server, '/echo');
      assert.equal(await socket.ask('still here'), 'still here');
      await socket.close();
      assert.equal((await server.client().get('/api/ping')).status, 200);
    });
  });
}
