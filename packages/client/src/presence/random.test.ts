// Random orders of entering, saying something else, leaving, cuts and refusals.

import { decodePayload } from "@fanwire/protocol";
import { framesOf, type WireFrame } from "@fanwire/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench, type FakeSocket, hub, turn } from "../fake-hub.testkit.ts";
import { enter, type Membership } from "./enter.ts";

const ENTER = 10;
const LEAVE = 11;
const TOPICS = ["a", "b"] as const;

/** Reads what the client says only when it is told to. */
class Door {
  readonly members = new Map<string, unknown>();
  readonly faults: string[] = [];
  /** The next ENTER is refused for now. */
  isBusy = false;
  #socket: FakeSocket | undefined;
  #read = 0;

  work(bench: Bench): void {
    const socket = bench.sockets.at(-1);
    if (!socket || socket.closeCode !== undefined) return;
    if (socket !== this.#socket) {
      this.#socket = socket;
      this.#read = 0;
      this.members.clear();
      return socket.welcome();
    }
    for (; this.#read < socket.messages.length; this.#read++)
      for (const frame of framesOf(socket.messages[this.#read]!)) this.#answer(socket, frame);
  }

  /** The connection is gone, and with it who was there. */
  cut(bench: Bench): void {
    this.members.clear();
    bench.sockets.at(-1)?.end();
  }

  #answer(socket: FakeSocket, [op, number, name, , payload]: WireFrame): void {
    const [id, topic] = [number as number, name as string];
    if (op === ENTER && this.isBusy) {
      this.isBusy = false;
      return socket.say(hub.refused(id, "rate-limited", 50));
    }
    if (op === ENTER) this.members.set(topic, decodePayload(payload as Uint8Array));
    else if (op === LEAVE) {
      if (!this.members.delete(topic)) this.faults.push("LEAVE of what it is no member of");
    } else return;
    socket.say(hub.ok(id));
  }
}

/** What one of several said last, in the order in which they spoke. */
interface Speaker {
  readonly topic: string;
  readonly membership: Membership<number>;
  spokeAt: number;
}

class World {
  readonly bench = new Bench({ idleMs: 1000, onDiagnostic: () => {} });
  readonly door = new Door();
  readonly waits: Promise<unknown>[] = [];
  readonly speakers: Speaker[] = [];
  #spoken = 0;

  async do([act, which]: readonly [Act, number]): Promise<void> {
    const speaker = this.speakers[which % (this.speakers.length || 1)];
    if (act === "enter") this.#enter(TOPICS[which % 2]!);
    else if (act === "update" && speaker) {
      speaker.spokeAt = ++this.#spoken;
      this.waits.push(speaker.membership.update(speaker.spokeAt, { timeoutMs: Infinity }));
    } else if (act === "leave" && speaker) this.#leave(speaker);
    else if (act === "cut") this.door.cut(this.bench);
    else if (act === "busy") this.door.isBusy = true;
    else if (act === "pass") await this.bench.clock.pass(which * 25);
    else if (act === "work") this.door.work(this.bench);
    if (act !== "enter") await turn();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      this.door.work(this.bench);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.bench.clock.pass(300);
    }
  }

  leaveAll(): void {
    for (const speaker of this.speakers.slice()) this.#leave(speaker);
  }

  /** Who should be there, with what. */
  get expected(): Record<string, number> {
    const last = this.speakers.toSorted((a, b) => a.spokeAt - b.spokeAt);
    return Object.fromEntries(last.map(({ topic, spokeAt }) => [topic, spokeAt]));
  }

  #enter(topic: string): void {
    const spokeAt = ++this.#spoken;
    const membership = enter(this.bench.client, topic, spokeAt);
    this.speakers.push({ topic, membership, spokeAt });
  }

  #leave(speaker: Speaker): void {
    this.speakers.splice(this.speakers.indexOf(speaker), 1);
    this.waits.push(speaker.membership.leave({ timeoutMs: Infinity }));
  }
}

const ACTS = ["enter", "update", "leave", "cut", "busy", "pass", "work", "work", "work"] as const;
type Act = (typeof ACTS)[number];

test("M12 in any order of events the hub has what was said last, every wait ends, and nothing is left over", async () => {
  const acts = fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.nat(9)), {
    minLength: 20,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(acts, async (all) => {
      const world = new World();
      await world.do(["enter", 0]);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (const act of all) await world.do(act);
      await world.settle();
      expect(Object.fromEntries(world.door.members)).toEqual(world.expected);
      for (const { membership } of world.speakers) expect(membership.state.get()).toBe("entered");
      world.leaveAll();
      await world.settle();
      await Promise.all(world.waits);
      expect([...world.door.members.keys(), ...world.door.faults]).toEqual([]);
      expect(["idle", "connecting"]).toContain(world.bench.client.status.get().state);
      await world.bench.client.close();
      expect(world.bench.clock.timers.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});
