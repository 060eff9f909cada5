/** TLS with an authority, a server certificate and a client certificate that are made for the test. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type RedisServer, freePort, startRedisServer } from '@outrider/testing/redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RedisStateOptions } from './options.js';
import { openRedisState } from './state.js';

let folder: string;
let server: RedisServer;
let url: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-tls-'));
  await makeCertificates();
  const port = await freePort();
  url = `rediss://127.0.0.1:${port}`;
  const config = [
    `tls-port ${port}`,
    `tls-ca-cert-file ${file('ca.pem')}`,
    `tls-cert-file ${file('server.pem')}`,
    `tls-key-file ${file('server.key')}`,
    'tls-auth-clients yes',
  ];
  server = await startRedisServer({ config });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true });
});

const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });

async function makeCertificates(): Promise<void> {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
  await writeFile(file('names'), 'subjectAltName=IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    await openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
}

/** Claims a session. */
async function claim(options: Partial<RedisStateOptions>): Promise<unknown> {
  const state = await openRedisState({ url, idleMs: 1000, timeoutMs: 500, ...options });
  try {
    return await state.sessions.claim(crypto.randomUUID(), 1000);
  } finally {
    await state.close();
  }
}

const own = () => ({ caFile: file('ca.pem'), certFile: file('client.pem'), keyFile: file('client.key') });

it('speaks TLS, with a certificate of its own', async () => {
  expect(await claim(own())).toBeDefined();
});

it('trusts nobody who is not signed by the authority, or goes by another name', async () => {
  await expect(claim({ ...own(), caFile: undefined })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/certificate/),
  });
  await expect(claim({ ...own(), url: url.replace('127.0.0.1', 'localhost') })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/does not match certificate/),
  });
});

it('is turned away without a certificate, and when it speaks plainly', async () => {
  await expect(claim({ caFile: file('ca.pem') })).rejects.toMatchObject({ code: 'unavailable' });
  await expect(claim({ url: url.replace('rediss', 'redis') })).rejects.toMatchObject({ code: 'unavailable' });
});
