// The client writes and reads its frames by hand, for their size. The protocol's own descriptions read and write the same bytes here.

import {
  helloFrame,
  publishFrame,
  Reader,
  readHead,
  seenFrame,
  subscribeFrame,
  unsubscribeFrame,
  UpReader,
  type UpFrame,
  upPingFrame,
  upPongFrame,
} from "@fanwire/protocol";
import { bytesOf } from "@fanwire/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";

test("D17 every frame that a client says is one of the protocol, in its shortest form", async () => {
  const bench = new Bench();
  const a = bench.client.topic("a").subscribe(() => {}, { lingerMs: 0 });
  bench.socket.welcome({ pingMs: 1000, pingTimeoutMs: 1000 });
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(hub.ping(2 ** 40));
  void bench.client.topic("b").publish({ x: 1 }, { key: "k", headers: { h: "v" } });
  a.unsubscribe();
  await bench.clock.pass(1000);
  const described = [
    helloFrame,
    subscribeFrame,
    unsubscribeFrame,
    publishFrame,
    upPongFrame,
    upPingFrame,
    seenFrame,
  ];
  const said = new Set<number>();
  for (const message of bench.socket.messages) {
    const r = new Reader().reset(message);
    while (r.left > 0) {
      const from = r.at;
      const head = { count: 0, op: 0 };
      readHead(r, head);
      const frame = described.find(({ op }) => op === head.op)!;
      const read = frame.read(r, head.count) as UpFrame;
      expect(r.fault).toBe("");
      said.add(head.op);
      expect(bytesOf(frame as never, read as never)).toEqual(message.subarray(from, r.at));
    }
  }
  expect([...said].toSorted((x, y) => x - y)).toEqual([1, 3, 4, 5, 7, 8, 9]);
});

test("D17 the hub reads what the client says", async () => {
  const bench = new Bench();
  void bench.client.topic("a").publish("x".repeat(70_000));
  await bench.welcome();
  const frames = new UpReader();
  for (const message of bench.socket.messages) {
    const r = new Reader().reset(message);
    while (r.left > 0) expect(frames.next(r)).toBeDefined();
  }
});

test("N16 no bytes of a hub make the client throw", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 })), async (messages) => {
      const bench = new Bench({ onDiagnostic: () => {} });
      bench.client.topic("a").subscribe(() => {});
      bench.client.topic("b.*").subscribe(() => {});
      bench.socket.welcome();
      await turn();
      bench.grant({ sub: 1 }, { sub: 2, epoch: null, head: null });
      for (const message of messages) bench.socket.say(message);
      expect(["live", "waiting"]).toContain(bench.client.status.get().state);
    }),
    { numRuns: 200 },
  );
});

test("N16 what an answer that is no frame answered is asked for again", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1, { timeoutMs: Infinity });
  await turn();
  const [, id] = bench.socket.framesOf(5)[0]!;
  bench.socket.say(hub.published(id as number).slice(0, -2));
  await bench.clock.pass(1000);
  await bench.welcome();
  bench.confirm({ offset: 4 });
  expect(await published).toMatchObject({ position: "5:4" });
});

test("N16 no frame that is cut short or has an element of another kind makes the client throw", async () => {
  const frames = [
    hub.welcome({ pingMs: 1 }),
    hub.ok(1),
    hub.published(1),
    hub.granted(1, { sub: 1 }),
    hub.refused(1, "forbidden", 5),
    hub.publication(1, 1, { a: [1] }, { from: "x", meta: { key: "k" } }),
    hub.patternPublication(2, "b.c", 1, "x"),
    hub.gap(1, { epoch: 5, next: 3, missed: 2 }),
    hub.ended(1, "revoked"),
    hub.caughtUp(1, { epoch: 5, offset: 2 }),
    hub.ping(1),
    hub.moving(5),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...frames),
      fc.nat(),
      fc.nat(255),
      fc.boolean(),
      async (frame, place, byte, isCut) => {
        const bench = new Bench({ onDiagnostic: () => {} });
        bench.client.topic("a").subscribe(() => {});
        bench.client.topic("b.*").subscribe(() => {});
        bench.client
          .topic("c")
          .publish(1)
          .catch(() => {});
        bench.socket.welcome();
        await turn();
        bench.grant({ sub: 1 }, { sub: 2, epoch: null, head: null });
        const at = place % frame.length;
        const bytes = isCut ? frame.slice(0, at + 1) : frame.with(at, byte);
        bench.socket.say(bytes);
        await turn();
        expect(["live", "waiting"]).toContain(bench.client.status.get().state);
      },
    ),
    { numRuns: 500 },
  );
});
