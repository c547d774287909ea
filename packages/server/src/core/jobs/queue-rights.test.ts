import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import type { Settings } from "../settings.ts";
import { answersOf, jobsOf } from "./hub.testkit.ts";

interface QueueRights {
  readonly send?: readonly string[];
  readonly consume?: readonly string[];
  readonly manage?: readonly string[];
}

/** A hub that asks for tokens, with the queues `q` and `r`. */
function rightsHub(settings: Partial<Settings> = {}): TestHub {
  const hub = keyedHub({ pingMs: 1_000_000_000, ...settings });
  hub.broker.restored(hub.broker.restore(), 5, 1, 1);
  const c = joinWith(hub, { manage: ["**"] }, "operator");
  c.send(client.manage(1, "declare", "q"), client.manage(2, "declare", "r"));
  hub.store();
  c.disconnect();
  return hub;
}

function joinWith(hub: TestHub, queue: QueueRights, subject = "ada"): TestClient {
  return hub.joinAs(claimsOf({ queue }, { subject }));
}

/** Each way to use a queue; its answers begin with OK or REFUSED. */
const uses = (queue: string): Uint8Array[] => [
  client.job(1, queue, 7),
  client.jobs(2, queue, [{}]),
  client.consume(3, queue),
  client.settle(4, queue, ["ack", 1, 1]),
  client.manage(5, "stats", queue),
  client.manage(6, "declare", queue),
  client.manage(7, "purge", queue, { depth: 99 }),
];

function codes(hub: TestHub, c: TestClient, queue: string): Map<number, EnvelopeValue> {
  c.send(...uses(queue));
  hub.store();
  const answers = answersOf(c.take());
  return new Map(
    answers.map(([op, id, code]) => [id as number, op === down.OK ? 0 : code!] as const),
  );
}

const fresh = (hub: TestHub, c: TestClient, queue: QueueRights, more: object = {}): void => {
  c.send(client.auth(99, "to.k.en"));
  hub.verified(claimsOf({ queue, ...more }));
};

describe("QH19", () => {
  test.each<[QueueRights, number[]]>([
    [{}, [202, 202, 202, 202, 202, 202, 202]],
    [{ send: ["q"] }, [0, 0, 202, 202, 202, 202, 202]],
    [{ consume: ["q"] }, [202, 202, 0, 0, 202, 202, 202]],
    [{ manage: ["q"] }, [202, 202, 202, 202, 0, 0, 401]],
    [{ send: ["*"], consume: ["*"], manage: ["*"] }, [0, 0, 0, 0, 0, 0, 401]],
    [{ send: ["r"], consume: ["r"], manage: ["r"] }, [202, 202, 202, 202, 202, 202, 202]],
  ])(
    "QH19 with %j each way to use the queue is allowed or forbidden by itself",
    (rights, expected) => {
      const hub = rightsHub();
      const found = codes(hub, joinWith(hub, rights), "q");
      expect([1, 2, 3, 4, 5, 6, 7].map((id) => found.get(id))).toEqual(expected);
    },
  );

  test("QH19 without a right nobody learns whether the queue exists", () => {
    const hub = rightsHub();
    const c = joinWith(hub, {});
    const told = (queue: string): unknown => {
      c.send(...uses(queue));
      return JSON.parse(JSON.stringify(c.take()).replaceAll(`\\"${queue}\\"`, "NAME"));
    };
    expect(told("q")).toEqual(told("z"));
  });

  test("QH19 list shows the queues that one may manage, and redrive goes nowhere else", () => {
    const hub = rightsHub();
    const c = joinWith(hub, { manage: ["r"] });
    c.send(client.manage(1, "list", ""), client.manage(2, "redrive", "r", { to: "q" }));
    expect(answersOf(c.take())).toEqual([
      [down.OK, 1, new Map([["r", 0]])],
      [down.REFUSED, 2, 202],
    ]);
  });

  test("QH19 redrive says of a queue that is not there what it says of one that may not be used", () => {
    const hub = rightsHub();
    const c = joinWith(hub, { manage: ["r"] });
    c.send(
      client.manage(1, "redrive", "r", { to: "q" }),
      client.manage(2, "redrive", "r", { to: "z" }),
    );
    expect(answersOf(c.take()).map(([, , code]) => code)).toEqual([202, 202]);
  });

  test("QH19 redrive brings nothing back into a queue that one may not manage", () => {
    const hub = rightsHub();
    const w = joinWith(hub, { send: ["q"], consume: ["q"] }, "worker");
    w.send(client.consume(1, "q"), client.job(2, "q", 7));
    hub.store();
    const [job] = jobsOf(w.take());
    w.send(client.settle(3, "q", ["reject", job!.seq, job!.lease]));
    hub.store();
    const redriven = (manage: readonly string[]): unknown => {
      const c = joinWith(hub, { manage });
      c.send(client.manage(1, "redrive", "q~dead"));
      hub.store();
      return answersOf(c.take())[0]![2];
    };
    expect(redriven(["q~dead"])).toEqual(new Map([["redriven", 0]]));
    expect(redriven(["q~dead", "q"])).toEqual(new Map([["redriven", 1]]));
  });

  test("QH19 a queue's dead jobs go into no queue that its declarer may neither send to nor manage", () => {
    const hub = rightsHub();
    const declared = (queue: QueueRights): unknown => {
      const c = joinWith(hub, queue);
      c.send(client.manage(1, "declare", "mine", { deadLetter: "q", alter: true }));
      hub.store();
      return answersOf(c.take())[0]!.slice(0, 3)[0] === down.OK;
    };
    expect(declared({ manage: ["mine"] })).toBe(false);
    expect(declared({ manage: ["mine"], send: ["q"] })).toBe(true);
    expect(declared({ manage: ["mine", "q"] })).toBe(true);
  });

  test("QH19 a fresh token without consume ends the consumer, and what it holds goes back", () => {
    const hub = rightsHub();
    const w = joinWith(hub, { send: ["q"], consume: ["q", "r"] });
    w.send(client.consume(1, "q"), client.consume(2, "r"), client.job(3, "q", 7));
    hub.store();
    const [job] = jobsOf(w.take());
    fresh(hub, w, { consume: ["r"] });
    expect(w.take()).toMatchObject([
      [down.LOST, 1, job!.seq, job!.lease, 202, expect.any(String)],
      [down.STOPPED, 1, 202, expect.any(String)],
      [down.OK, 99, expect.any(Number)],
    ]);
    const other = joinWith(hub, { consume: ["q"] }, "bob");
    other.send(client.consume(1, "q"));
    expect(jobsOf(other.take())).toMatchObject([{ seq: job!.seq, attempt: 2 }]);
    w.send(client.settle(4, "q", ["ack", job!.seq, job!.lease]), client.credit(5, 2, 3));
    expect(answersOf(w.take())).toEqual([
      [down.REFUSED, 4, 202],
      [down.OK, 5],
    ]);
  });

  test("QH19 a fresh token that withdraws consume ends a pull that waits, and is answered", () => {
    const hub = rightsHub();
    const w = joinWith(hub, { consume: ["q"] });
    w.send(client.consume(1, "q", { pull: 1, waitMs: 60_000 }));
    fresh(hub, w, {});
    expect(w.take().map(([op, id]) => [op, id])).toEqual([
      [down.OK, 1],
      [down.STOPPED, 1],
      [down.OK, 99],
    ]);
  });

  test("QH19 a fresh token that withdraws send: the next job is forbidden", () => {
    const hub = rightsHub();
    const p = joinWith(hub, { send: ["q"] });
    p.send(client.job(1, "q"));
    hub.store();
    fresh(hub, p, {});
    p.take();
    p.send(client.job(2, "q"));
    expect(answersOf(p.take())).toEqual([[down.REFUSED, 2, 202]]);
  });

  test("QH19 when a token has expired jobs are delivered and may be settled, but nothing new begins", () => {
    const hub = rightsHub({ tokenGraceMs: 10_000 });
    const rights = { queue: { send: ["q"], consume: ["q"], manage: ["q"] } };
    const c = hub.joinAs(claimsOf(rights, { expiresAt: hub.clock.time + 5000 }));
    c.send(client.consume(1, "q", { credit: 1 }), client.job(2, "q", 7), client.job(3, "q", 8));
    hub.store();
    const [job] = jobsOf(c.take());
    hub.advance(6000);
    c.send(client.job(4, "q", 9), client.consume(5, "q"), client.manage(6, "pause", "q"));
    expect(answersOf(c.take())).toEqual([
      [down.REFUSED, 4, 201],
      [down.REFUSED, 5, 201],
      [down.REFUSED, 6, 201],
    ]);
    c.send(client.settle(7, "q", ["ack", job!.seq, job!.lease]));
    hub.store();
    const frames = c.take();
    expect(answersOf(frames)).toEqual([[down.OK, 7, [0]]]);
    expect(jobsOf(frames)).toMatchObject([{ payload: 8 }]);
  });

  test("QH19 the sender of a job stands in it: the subject of its token", () => {
    const hub = rightsHub();
    joinWith(hub, { send: ["q"] }, "bob").send(client.job(1, "q", 7));
    hub.store();
    const w = joinWith(hub, { consume: ["q"] });
    w.send(client.consume(1, "q"));
    expect(jobsOf(w.take())).toMatchObject([{ from: "bob" }]);
  });

  test("QH3 two subjects may use the same id, and neither learns of the other", () => {
    const hub = rightsHub();
    for (const [subject, payload] of [
      ["ada", 1],
      ["bob", 2],
    ] as const) {
      const p = joinWith(hub, { send: ["q"] }, subject);
      p.send(client.job(1, "q", payload, { options: { id: "same" } }));
      hub.store();
      expect(answersOf(p.take())).toEqual([[down.OK, 1, payload, false]]);
    }
  });
});
