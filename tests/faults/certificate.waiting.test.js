// A certificate that is renewed without notifying the server. Runs in parallel with the other files, since it mostly waits.

import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeCertificate, nameShown } from '../e2e/lib/certificates.js';
import { Gateway } from '../e2e/lib/gateway.js';
import { sleep, until } from '../e2e/lib/workspace.js';

test('new files of a certificate are noticed within a minute', { timeout: 100_000 }, async () => {
  const used = makeCertificate('before.test', ['before.test'], { file: 'noticed' });
  const gateway = await Gateway.start({ loops: 2, flags: ['--echo', '--tls-certificate', used.certificate, '--tls-key', used.key] });
  try {
    assert.equal(await nameShown(gateway.port, 'noticed.test'), 'before.test');
    const renewed = makeCertificate('after.test', ['after.test']);
    copyFileSync(renewed.key, used.key);
    copyFileSync(renewed.certificate, used.certificate);
    const began = Date.now();
    await sleep(50_000);
    await until('the new certificate', async () => (await nameShown(gateway.port, 'noticed.test')) === 'after.test', 20);
    assert.ok(Date.now() - began < 65_000);
    assert.match(gateway.log, /certificates loaded again/);
  } finally {
    await gateway.stop();
  }
});
