// WebSocket conformance: every row of cases/ against the real gateway, with one event loop and with four, in both modes of
// compression. README.md explains the rows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agreement, Deflate } from './lib/deflate.js';
import { Client } from './lib/client.js';
import { binary, close, encode, fragments, opcodes, ping, text } from './lib/frames.js';
import { startGateway } from './lib/gateway.js';

const plain = ['1-framing', '2-pings', '3-reserved-bits', '4-opcodes', '5-fragmentation', '6-utf8', '7-close', '9-limits', '10-misc'];
const rowsOf = async (name) => (await import(`./cases/${name}.js`)).default;
const groups = new Map(await Promise.all(plain.map(async (name) => [name, await rowsOf(name)])));
const [compression, compressedFrames, handshakes] = await Promise.all(['12-compression', '12-compressed-frames', 'handshake'].map(rowsOf));
const threshold = 256;

for (const loops of [1, 4]) {
  for (const mode of ['shared', 'context']) {
    describe(`${loops} loop${loops > 1 ? 's' : ''}, ${mode}`, () => {
      let gateway;
      before(async () => {
        gateway = await startGateway(['--loops', loops, '--max-message-bytes', 16 * 1024 * 1024, '--compression-mode', mode,
          '--compression-threshold', threshold, '--subprotocol', 'chat.v2', '--subprotocol', 'chat']);
      });
      after(() => gateway.stop());

      const each = (rows, play) => {
        for (const row of rows) test(`${row.name} ${row.what}`, () => play(gateway.port, mode, { ...row, ...row.make?.() , make: row.make }));
      };
      // Without compression both modes are the same code.
      if (mode === 'shared') {
        each(handshakes, playHandshake);
        for (const rows of groups.values()) each(rows, playFrames);
      }
      each(compressedFrames, playCompressedFrames);
      for (const row of compression) test(`${row.name} ${row.what}`, () => playMessages(gateway.port, mode, row));
    });
  }
}

async function playHandshake(port, _, { headers, status, answer = {} }) {
  const client = await Client.connect(port, headers);
  try {
    assert.equal(client.status, status);
    for (const [name, value] of Object.entries(answer)) assert.equal(client.headers[name], value);
    if (status === 101) await expectAlive(client);
  } finally {
    client.destroy();
  }
}

async function playFrames(port, _, row) {
  const client = await Client.connect(port);
  try {
    await play(client, row, (frame) => {
      assert.equal(frame.rsv, 0, 'nothing was agreed on');
      return frame.payload;
    });
  } finally {
    client.destroy();
  }
}

async function playCompressedFrames(port, _, row) {
  const client = await Client.connect(port, { 'Sec-WebSocket-Extensions': 'permessage-deflate' });
  try {
    const deflate = new Deflate(agreement(client.headers['sec-websocket-extensions']));
    await play(client, row, (frame) => (frame.rsv === 4 ? deflate.decompress(frame.payload) : frame.payload));
  } finally {
    client.destroy();
  }
}

/** Sends the row's input and checks the output. */
async function play(client, { send, chop = null, payloadBytes = null, expect, close: code = null, reason = null }, payloadOf) {
  // Answers must be read while a large message is sent, or both sides wait for each other.
  const sent = client.send(payloadBytes === null ? send : cutShort(send, payloadBytes), chop);
  for (const [i, wanted] of expect.entries()) {
    const frame = await client.frame();
    assert.ok(frame, `the connection ended before answer ${i + 1}`);
    assert.equal(describeFrame(frame, payloadOf(frame)), describeFrame(wanted, wanted.payload));
  }
  await sent;
  if (code === null) return expectAlive(client);
  const frame = await client.frame();
  assert.equal(frame?.name, 'close', 'a close frame');
  assert.equal(frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE(), code);
  if (reason !== null) assert.equal(frame.payload.subarray(2).toString(), reason);
  assert.equal(await client.frame(), null, 'the end');
}

/** All frames except the last completely, and only this number of payload bytes of the last one. */
function cutShort(frames, payloadBytes) {
  const bytes = frames.map((frame) => encode(frame));
  const last = bytes.at(-1);
  bytes[bytes.length - 1] = last.subarray(0, last.length - frames.at(-1).payload.length + payloadBytes);
  return bytes;
}

function describeFrame({ opcode, fin }, payload) {
  const kind = `${Object.keys(opcodes).find((name) => opcodes[name] === opcode)}${fin ? '' : ' (not the last)'}`;
  if (payload.length <= 200) return `${kind} ${payload.toString('hex')}`;
  return `${kind} of ${payload.length} bytes, ${hash(payload)}`;
}

// Detects payloads that differ by mistake: FNV-1a over samples of a payload, or over the whole of a short one.
function hash(payload) {
  let value = 0x811c9dc5;
  const step = payload.length > 1 << 20 ? 7 : 1;
  for (let i = 0; i < payload.length; i += step) value = Math.imul(value ^ payload[i], 0x01000193);
  return (value >>> 0).toString(16);
}

async function expectAlive(client) {
  await client.send([ping('still there?'), close(1000)]);
  const answer = await client.frame();
  assert.equal(answer && describeFrame(answer, answer.payload), `pong ${Buffer.from('still there?').toString('hex')}`);
  const end = await client.frame();
  assert.equal(end && describeFrame(end, end.payload), 'close 03e8');
  assert.equal(await client.frame(), null, 'the end');
}

/** Sends messages compressed as negotiated, in one write, and reads them back. */
async function playMessages(port, mode, { offer, answer, binary: isBinary, fragment = null, make }) {
  const client = await Client.connect(port, { 'Sec-WebSocket-Extensions': offer });
  try {
    assert.equal(client.status, 101);
    assert.equal(client.headers['sec-websocket-extensions'], answer[mode]);
    const agreed = agreement(client.headers['sec-websocket-extensions']);
    const deflate = agreed && new Deflate(agreed);
    const kind = isBinary ? binary : text;
    const messages = make().map((message) => Buffer.from(message));
    const frames = messages.flatMap((message) => {
      const payload = deflate ? deflate.compress(message) : message;
      const [first, ...rest] = fragment ? fragments(kind, payload, fragment) : [kind(payload)];
      return [{ ...first, rsv: deflate ? 4 : 0 }, ...rest];
    });
    const sent = client.send(frames);
    for (const [i, message] of messages.entries()) {
      const frame = await client.frame();
      assert.ok(frame, `the connection ended before message ${i + 1}`);
      assert.equal(frame.opcode, kind().opcode);
      const compressed = frame.rsv === 4;
      if (!compressed) assert.equal(frame.rsv, 0);
      if (!deflate || message.length < threshold) assert.ok(!compressed, 'as it is');
      if (compressed) assert.ok(!agreed.server_no_context_takeover || frame.payload.length < message.length, 'smaller');
      const received = compressed ? deflate.decompress(frame.payload) : frame.payload;
      assert.ok(received.equals(message), `message ${i + 1}`);
      if (deflate && message.length >= threshold && !offer.includes('=8') && compressible(message)) assert.ok(compressed, 'compressed');
    }
    await sent;
    await expectAlive(client);
  } finally {
    client.destroy();
  }
}

const compressible = (message) => new Deflate({ client_no_context_takeover: true, client_max_window_bits: 9 }).compress(message).length < message.length * 0.9;
