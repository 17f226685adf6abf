// Certificates for tests, made by the openssl program.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import tls from 'node:tls';
import { temporaryFolder } from './workspace.js';

const folder = temporaryFolder();

/** A self-signed certificate for these names ("example.test", "*.example.test"): {certificate, key}, paths of PEM files. */
export function makeCertificate(name, names, { file = name } = {}) {
  const certificate = join(folder, `${file}.pem`);
  const key = join(folder, `${file}.key`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`,
    '-out', certificate, '-keyout', key], { stdio: 'pipe' });
  return { certificate, key };
}

/** The name in the certificate that a server sends to a client that asks for `name`. */
export function nameShown(port, name) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
