import { expect, test } from "vitest";
import { headBytes } from "./frame.ts";
import { Ledger } from "./ledger.ts";
import { blankPayload } from "./marker.ts";
import { Publisher } from "./publisher.ts";
import { plain } from "./wires/plain.ts";
import { socketIo } from "./wires/socket-io.ts";

/** The bodies of masked frames below 64 KiB. */
function bodies(bytes: Uint8Array): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]! & 0x7f;
    const length = short === 126 ? (bytes[at + 2]! << 8) | bytes[at + 3]! : short;
    const head = headBytes(length);
    const mask = bytes.subarray(at + head - 4, at + head);
    found.push(
      Buffer.from(bytes.subarray(at + head, at + head + length).map((b, i) => b ^ mask[i & 3]!)),
    );
    at += head + length;
  }
  return found;
}

test.each([
  ["plain", plain, 1],
  ["socket.io", socketIo, 2],
])("%s publications go round the topics, numbered and timed", (_name, wire, messages) => {
  const ledger = new Ledger(new Uint32Array(2), 1);
  const written: Uint8Array[] = [];
  const content = { topics: ["t.0", "t.1"], payload: blankPayload(128, 1), perMessage: 1 };
  const publisher = new Publisher(wire, content, ledger, (bytes) => written.push(bytes));
  expect(publisher.publish(5, 12.25)).toBe(5);
  expect(written.length).toBe(1);
  const all = bodies(written[0]!);
  expect(all.length).toBe(5 * messages);
  const payloads = all.filter((_, i) => i % messages === messages - 1).map((b) => b.subarray(-128));
  expect(payloads.map((p) => [p.readUInt32LE(8), p.readUInt32LE(12), p.readDoubleLE(16)])).toEqual([
    [0, 0, 12.25],
    [0, 1, 12.25],
    [1, 2, 12.25],
    [1, 3, 12.25],
    [2, 4, 12.25],
  ]);
  expect([...ledger.next]).toEqual([3, 2]);
});

test("a language without batches sends several messages instead", () => {
  const ledger = new Ledger(new Uint32Array(1), 1);
  const written: Uint8Array[] = [];
  const content = { topics: ["t.0"], payload: blankPayload(24, 1), perMessage: 3 };
  const publisher = new Publisher(plain, content, ledger, (bytes) => written.push(bytes));
  expect(publisher.publish(7, 0)).toBe(6);
  expect(bodies(written[0]!).map((body) => body.readUInt32LE(body.length - 16))).toEqual([
    0, 1, 2, 3, 4, 5,
  ]);
});
