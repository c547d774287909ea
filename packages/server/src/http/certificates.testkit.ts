// Certificates and keys for tests, of nobody and good for nothing else. They are good until 2126.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A certificate for localhost and 127.0.0.1 that signed itself, and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** CN=test-only-first */
export const firstPair: Pair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUJlvgWj12T2NOV3n5PI3K8Uy6TnkwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPdGVzdC1vbmx5LWZpcnN0MCAXDTI2MTEyNTA0MjUxMFoYDzIx
MjYxMTAxMDQyNTEwWjAaMRgwFgYDVQQDDA90ZXN0LW9ubHktZmlyc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASRJIUE78z3gcmHF0pMtMNqjVIS+dVNMnWIr2i3
8wVw8OnS7HYQykL03digcyHnz+mikvnnLdlY99HMuoHIMhDwo28wbTAdBgNVHQ4E
FgQUnIJNzo45K830SBsD3WfftpvVyLYwHwYDVR0jBBgwFoAUnIJNzo45K830SBsD
3WfftpvVyLYwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SH
BH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgd3xmnQFeB9f7jujYpcOCP5hfkEELaNfY
2gTOYh2WFusCIQCa+j5BqpMdshbU9x/hFY6S94x01rGu8zUsJxcbwk0EpA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQaeCJME3+29vrw0X
fEEs3KpzGReI8x0/tnFX79LbGkqhRANCAASRJIUE78z3gcmHF0pMtMNqjVIS+dVN
MnWIr2i38wVw8OnS7HYQykL03digcyHnz+mikvnnLdlY99HMuoHIMhDw
-----END PRIVATE KEY-----
`,
};

/** CN=test-only-second */
export const secondPair: Pair = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBqTCCAU+gAwIBAgIUBLIh+CNx2Kxu9/GJ9c2agG2HwLAwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQdGVzdC1vbmx5LXNlY29uZDAgFw0yNjExMjUwNDI1MTBaGA8y
MTI2MTEwMTA0MjUxMFowGzEZMBcGA1UEAwwQdGVzdC1vbmx5LXNlY29uZDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABI2CtI8vs+Yrd7YTPNJKtVu6juiOQYUeE3AG
7tbv9XHh2jPrvYfx3xAyUoZRvKm04jgP+zxusvACXfKgzHziwGijbzBtMB0GA1Ud
DgQWBBQ+KZc9RhL7ixfuMTP5HPs8QByUUzAfBgNVHSMEGDAWgBQ+KZc9RhL7ixfu
MTP5HPs8QByUUzAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9z
dIcEfwAAATAKBggqhkjOPQQDAgNIADBFAiAeQtAoaxymjJ97DA3bJi5l9Vt8DUGC
4Pqe6wLyC1QgDwIhAL5900ptDMnY1s7ZF1pVz2CIU9vsG4OB0+zlXeUq5r14
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd7EwTEy9MMpqSe0y
a7JZ89om5RyQ+DQiAWfJlAsuW1WhRANCAASNgrSPL7PmK3e2EzzSSrVbuo7ojkGF
HhNwBu7W7/Vx4doz672H8d8QMlKGUbyptOI4D/s8brLwAl3yoMx84sBo
-----END PRIVATE KEY-----
`,
};

/** Paths of a pair's files, which are there until the test is over. */
export function filesOf({ cert, key }: Pair): Pair {
  const folder = mkdtempSync(join(tmpdir(), "fanwire-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  write(paths, { cert, key });
  return paths;
}

/** Puts another pair into the files. */
export function write(paths: Pair, { cert, key }: Pair): void {
  writeFileSync(paths.cert, cert);
  writeFileSync(paths.key, key, { mode: 0o600 });
}
