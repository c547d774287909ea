import { once } from "node:events";
import { down } from "@fanwire/protocol";
import { createHub, type Hub } from "@fanwire/server";
import { client, framesOf, hex, type WireFrame } from "@fanwire/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { malformedVectors, upVectors } from "./vectors.ts";

let hub: Hub;

beforeAll(async () => {
  hub = createHub({ port: 0, figuresMs: 0 });
  await hub.listen();
});

afterAll(() => hub.close(0));

const opcodeName = (op: unknown): string =>
  Object.entries(down).find(([, number]) => number === op)?.[0] ?? String(op);

/** What a live session is answered: frames up to the answer to a PING behind the bytes, or the code of the close. */
async function answerTo(bytes: Uint8Array): Promise<string> {
  const ws = new WebSocket(hub.url!, "fanwire.1");
  const frames: WireFrame[] = [];
  const ended = new Promise<string>((resolve) => {
    ws.on("close", (code) => resolve(`closed ${code}`));
    ws.on("message", (data: Buffer) => {
      for (const frame of framesOf(data)) {
        if (frame[0] === down.WELCOME) ws.send(bytes);
        if (frame[0] === down.WELCOME) ws.send(client.ping(999_999));
        else if (frame[0] === down.PONG && frame[1] === 999_999)
          resolve(frames.map(told).join(", ") || "nothing");
        else frames.push(frame);
      }
    });
  });
  await once(ws, "open");
  ws.send(client.hello());
  const answer = await ended;
  ws.terminate();
  return answer;
}

/** A frame in short: its name, what it answers, and for a refusal the code. */
function told(frame: WireFrame): string {
  const [op, id, code] = frame;
  return [opcodeName(op), id as number, ...(op === down.REFUSED ? [code as number] : [])].join(" ");
}

describe("F1", () => {
  test("F1 frames travel back to back in binary messages of the subprotocol fanwire.1", async () => {
    const ws = new WebSocket(hub.url!, "fanwire.1");
    await once(ws, "open");
    expect(ws.protocol).toBe("fanwire.1");
    ws.send(client.hello());
    await once(ws, "message");
    ws.send(hex("92 08 01 92 08 02"));
    const [answer, isBinary] = (await once(ws, "message")) as [Buffer, boolean];
    expect([answer.toString("hex"), isBinary]).toEqual(["922a01922a02", true]);
    ws.terminate();
  });
});

describe("F17 a hub", () => {
  test.each(upVectors)("F17 a hub answers $name", async ({ hex: digits, answer }) => {
    expect(await answerTo(hex(digits))).toBe(answer);
  });
});

describe("F4 a hub", () => {
  test.each(malformedVectors)("F4 a hub closes on $name", async ({ hex: digits }) => {
    expect(await answerTo(hex(digits))).toBe("closed 4500");
  });
});
