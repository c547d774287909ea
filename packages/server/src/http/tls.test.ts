import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { createHub } from "../hub.ts";
import { mint, start, startKeyed } from "../transport/keyed-hub.testkit.ts";
import { exchange, RawClient, upgradeHead } from "../transport/raw-client.testkit.ts";
import { filesOf, firstPair, type Pair, secondPair, write } from "./certificates.testkit.ts";

/** Joins, trusting one pair alone. */
async function join(url: string, { cert }: Pair): Promise<RawClient> {
  return RawClient.join(url, { token: await mint(), ca: cert });
}

function nameOf(c: RawClient): string {
  const { _socket: socket } = c.ws as unknown as { _socket: TLSSocket };
  return String(socket.getPeerCertificate().subject.CN);
}

async function shake(port: number, minVersion: SecureVersion, maxVersion: SecureVersion) {
  const options = { rejectUnauthorized: false, minVersion, maxVersion, ciphers: "ALL:@SECLEVEL=0" };
  const socket = connect(port, "127.0.0.1", options);
  await once(socket, "secureConnect");
  const protocol = socket.getProtocol();
  socket.destroy();
  return protocol;
}

describe("E14", () => {
  test("E14 the hub speaks TLS, and says so in its address", async () => {
    const { hub, url } = await startKeyed({ tls: filesOf(firstPair) });
    expect(url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/$/u);
    const c = await join(url, firstPair);
    c.send(client.subscribe(1, "a"));
    await c.settle();
    expect(nameOf(c)).toBe("test-only-first");
    expect(hub.stats()).toMatchObject({ connections: 1, sessions: 1, subscriptions: 1 });
    await c.close();
    await expect.poll(() => hub.stats().connections).toBe(0);
  });

  test("E14 sec/57 TLS 1.2 and 1.3 are spoken, and nothing older, also after the certificate was read again", async () => {
    const { hub, port } = await startKeyed({ tls: filesOf(firstPair) });
    for (let round = 0; round < 2; round++) {
      expect(await shake(port, "TLSv1.2", "TLSv1.2")).toBe("TLSv1.2");
      expect(await shake(port, "TLSv1.3", "TLSv1.3")).toBe("TLSv1.3");
      await expect(shake(port, "TLSv1", "TLSv1.1")).rejects.toThrow(/protocol version/u);
      hub.reload();
    }
  });

  test("E14 what is no TLS gets no answer in plain text", async () => {
    const { hub, port, url } = await startKeyed({ tls: filesOf(firstPair) });
    expect(await exchange(port, upgradeHead("/"))).not.toContain("HTTP");
    await expect(RawClient.open(url.replace("wss:", "ws:"))).rejects.toThrow();
    expect(hub.stats().connections).toBe(0);
  });

  test("E14 without keys too, for this machine", async () => {
    const { url } = await start({ tls: filesOf(firstPair) });
    const c = await RawClient.join(url, { ca: firstPair.cert, origin: "http://localhost:5173" });
    await c.settle();
  });

  test("E14 routes are asked over TLS too", async () => {
    const { port } = await startKeyed({ tls: filesOf(firstPair) });
    const socket = connect(port, "127.0.0.1", { ca: firstPair.cert });
    socket.write(
      `POST /v1/tickets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${await mint()}\r\n\r\n`,
    );
    let received = "";
    for await (const chunk of socket) received += String(chunk);
    expect(received).toMatch(/^HTTP\/1\.1 200 [^]*"ticket":"[\w-]{22}"/u);
  });

  test.each<[string, Partial<Pair>]>([
    ["a certificate of another key", { cert: secondPair.cert }],
    ["no certificate", { cert: "" }],
    ["no PEM", { key: "hello" }],
  ])("E14 %s stops the start", (_name, wrong) => {
    const paths = filesOf({ ...firstPair, ...wrong });
    expect(() => createHub({ tls: paths })).toThrow("are no certificate and its key");
  });

  test("E14 files that are not there, and one without the other, stop the start", () => {
    const { cert } = filesOf(firstPair);
    expect(() => createHub({ tls: { cert, key: `${cert}.none` } })).toThrow("ENOENT");
    expect(() => createHub({ tls: { cert } as Pair })).toThrow("tls needs both");
  });
});

describe("J5", () => {
  test("J5 E14 the certificate is read again when its files change: who comes sees the new one, who is there stays", async () => {
    const paths = filesOf(firstPair);
    const { url, logged } = await startKeyed({ tls: paths });
    const before = await join(url, firstPair);
    await expect
      .poll(async () => {
        write(paths, secondPair);
        const c = await join(url, secondPair).catch(() => undefined);
        return c && nameOf(c);
      })
      .toBe("test-only-second");
    await before.settle();
    await expect(join(url, firstPair)).rejects.toThrow("self-signed certificate");
    expect(logged.join("\n")).toContain("The certificate was read again: a file has changed.");
  });

  test("J5 E14 reload() reads it at once", async () => {
    const paths = filesOf(firstPair);
    const { hub, url } = await startKeyed({ tls: paths });
    write(paths, secondPair);
    hub.reload();
    expect(nameOf(await join(url, secondPair))).toBe("test-only-second");
  });

  test("J5 E14 a pair that does not fit changes nothing, and is logged", async () => {
    const paths = filesOf(firstPair);
    const { hub, url, logged } = await startKeyed({ tls: paths });
    writeFileSync(paths.cert, secondPair.cert);
    expect(() => hub.reload()).toThrow(TypeError);
    expect(nameOf(await join(url, firstPair))).toBe("test-only-first");
    await expect
      .poll(() => {
        writeFileSync(paths.key, "a secret that is no key");
        return logged.join("\n");
      })
      .toContain("The certificate has changed and cannot be used, so the old one stays.");
    expect(logged.join("\n")).not.toContain("a secret that is no key");
    expect(nameOf(await join(url, firstPair))).toBe("test-only-first");
    write(paths, secondPair);
    hub.reload();
    expect(nameOf(await join(url, secondPair))).toBe("test-only-second");
  });
});
