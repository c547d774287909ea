// A hub that keeps all, tabs, and what lies between them; everything waits until a test has it happen.

import { decodePayload } from "@fanwire/protocol";
import { framesOf, type WireFrame } from "@fanwire/testkit";
import { type Client, openClient } from "../client.ts";
import { FakeSocket, HandClock, hub } from "../fake-hub.testkit.ts";
import { type Cable, openCable } from "./cable.ts";
import type { FromRelay, FromTab } from "./port.ts";
import { openRelay, type Relay } from "./relay.ts";

const HELLO = 1;
const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const PUBLISH = 5;

interface Published {
  readonly topic: string;
  readonly offset: number;
  readonly data: unknown;
}

/** A stream of one session: what of all that was published comes next. */
interface Cursor {
  readonly name: string;
  readonly sub: number;
  at: number;
  /** Where a replay ends. */
  until: number | undefined;
  /** Of a pattern that goes on: what was had beside the mark. */
  had: ReadonlyMap<string, number>;
}

/** Keeps all that was published, in one order. A mark is a place in it. */
export class KeepingHub {
  readonly all: Published[] = [];
  readonly #taken = new Map<number, Map<string, number>>();
  readonly #sessions = new Map<FakeSocket, { read: number; cursors: Map<string, Cursor> }>();
  /** Marks are told at times. */
  isMarking = false;

  #matches(name: string, topic: string): boolean {
    return name === topic || (name.endsWith(".*") && topic.startsWith(name.slice(0, -1)));
  }

  head(topic: string): number {
    return this.all.filter((one) => one.topic === topic).length;
  }

  publish(topic: string, data: unknown): void {
    this.all.push({ topic, offset: this.head(topic) + 1, data });
  }

  /** What a session follows. */
  followed(socket: FakeSocket): string[] {
    return [...(this.#sessions.get(socket)?.cursors.keys() ?? [])];
  }

  /** Hears what the socket has said, and says at most so many publications of each stream. */
  work(socket: FakeSocket, count: number = Infinity): void {
    if (socket.closeCode !== undefined) return;
    const session = this.#sessions.get(socket) ?? { read: 0, cursors: new Map<string, Cursor>() };
    if (!this.#sessions.has(socket)) socket.open();
    this.#sessions.set(socket, session);
    for (; session.read < socket.messages.length; session.read++)
      for (const frame of framesOf(socket.messages[session.read]!))
        this.#answer(socket, session.cursors, frame);
    for (const cursor of session.cursors.values()) this.#tell(socket, cursor, count);
  }

  #tell(socket: FakeSocket, cursor: Cursor, count: number): void {
    const { name, sub } = cursor;
    const isPattern = name.includes("*");
    const frames: Uint8Array[] = [];
    for (let n = 0; n < count && cursor.at < this.all.length; cursor.at++) {
      const { topic, offset, data } = this.all[cursor.at]!;
      if (cursor.at === cursor.until) frames.push(this.#caughtUp(cursor));
      if (!this.#matches(name, topic) || offset <= (cursor.had.get(topic) ?? 0)) continue;
      frames.push(
        isPattern
          ? hub.patternPublication(sub, topic, offset, data)
          : hub.publication(sub, offset, data),
      );
      n++;
      if (isPattern && this.isMarking && cursor.until === undefined)
        frames.push(hub.mark(sub, cursor.at + 1));
    }
    if (cursor.at === cursor.until) frames.push(this.#caughtUp(cursor));
    if (frames.length > 0) socket.say(...frames);
  }

  #caughtUp(cursor: Cursor): Uint8Array {
    const { name, sub, at } = cursor;
    cursor.until = undefined;
    if (name.includes("*")) return hub.caughtUp(sub, { mark: Uint8Array.of(at) });
    const before = this.all.slice(0, at).filter(({ topic }) => topic === name).length;
    return hub.caughtUp(sub, { epoch: 5, offset: before });
  }

  #answer(socket: FakeSocket, cursors: Map<string, Cursor>, frame: WireFrame): void {
    const [op, id, what] = frame as readonly [number, number, unknown];
    if (op === HELLO) return socket.say(hub.welcome());
    if (op === PUBLISH) return this.#take(socket, frame);
    if (op === UNSUBSCRIBE) {
      for (const name of what as string[]) cursors.delete(name);
      return socket.say(hub.ok(id));
    }
    if (op !== SUBSCRIBE) return;
    const entries = what as readonly (readonly [string, unknown])[];
    socket.say(hub.granted(id, ...entries.map(([name, from]) => this.#grant(cursors, name, from))));
  }

  #grant(cursors: Map<string, Cursor>, name: string, from: unknown): object {
    const end = this.all.length;
    const isPattern = name.includes("*");
    const sub = 1 + "ab*".indexOf(name.at(-1)!);
    const place = isPattern ? { epoch: null, head: null } : { epoch: 5, head: this.head(name) };
    const mark = isPattern ? Uint8Array.of(end) : null;
    const known = cursors.get(name);
    if (from === null) {
      if (!known) cursors.set(name, { name, sub, at: end, until: undefined, had: new Map() });
      return { sub, ...place, mark };
    }
    const cursor = this.#start(name, sub, from as readonly unknown[]);
    cursors.set(name, cursor);
    const isThere = cursor.at === end;
    if (!isThere) cursor.until = end;
    return { sub, ...place, mark: isThere ? mark : null, replay: isThere ? 0 : 1 };
  }

  #start(name: string, sub: number, from: readonly unknown[]): Cursor {
    const had = new Map<string, number>();
    let at = 0;
    if (name.includes("*")) {
      at = (from[0] as Uint8Array)[0]!;
      for (let i = 1; i < from.length; i += 3) had.set(from[i] as string, from[i + 2] as number);
    } else had.set(name, (from as number[])[1]!);
    while (at < this.all.length) {
      const { topic, offset } = this.all[at]!;
      if (this.#matches(name, topic) && offset > (had.get(topic) ?? 0)) break;
      at++;
    }
    return { name, sub, at, until: undefined, had };
  }

  /** Each number of a producer and topic once, and in their order. */
  #take(socket: FakeSocket, [, id, topic, options, , , payload]: WireFrame): void {
    const [producer, n, base] = (options as Map<string, unknown>).get("id") as [
      number,
      number,
      number,
    ];
    const taken = this.#taken.get(producer) ?? new Map<string, number>();
    this.#taken.set(producer, taken);
    const last = taken.get(topic as string) ?? 0;
    const isNew = n === Math.max(last + 1, base);
    if (n > last && !isNew) return socket.say(hub.refused(id as number, "out-of-order"));
    if (isNew) {
      taken.set(topic as string, n);
      this.publish(topic as string, decodePayload(payload as Uint8Array));
    }
    // no alias stands for it
    socket.say(
      hub.published(id as number, { alias: topic as never, offset: null, duplicate: !isNew }),
    );
  }
}

/** A tab, and what is on its way between it and the relay. */
export interface Tab {
  readonly client: Client;
  readonly cable: Cable;
  up: (() => void)[];
  down: (() => void)[];
}

/** Tabs of one origin, of which one has the relay. */
export class Tabs {
  readonly clock: HandClock = new HandClock();
  readonly tabs: Tab[] = [];
  readonly sockets: FakeSocket[] = [];
  relay: Relay;
  /** Asked for tokens, by tab. */
  readonly asked: number[] = [];
  isOver = false;

  constructor(token: string | boolean = false) {
    this.relay = this.#open(token);
  }

  #open(token: string | boolean = false): Relay {
    const { sockets } = this;
    class Socket extends FakeSocket {
      constructor(url: string, protocols: unknown) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    return openRelay(
      {
        url: "ws://hub.test/",
        Socket: Socket as unknown as typeof WebSocket,
        idleMs: 1000,
        minMs: 250,
        maxMs: 20_000,
      },
      token,
      this.clock,
      () => {
        this.isOver = true;
      },
    );
  }

  /** The relay's socket that was opened last. */
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  add(token?: () => string | Promise<string>): Tab {
    const cable = openCable(token);
    // each has a producer of its own
    this.clock.chance = (this.tabs.length + 1) / 16;
    const client = openClient(
      "ws://hub.test/",
      { WebSocket: cable.Socket, backoff: { minMs: 1, maxMs: 10 } },
      this.clock,
    );
    const tab: Tab = { client, cable, up: [], down: [] };
    this.tabs.push(tab);
    this.#plug(tab);
    return tab;
  }

  #plug(tab: Tab): void {
    const { relay } = this;
    tab.up = [];
    let receive: ((told: FromRelay) => void) | undefined;
    const hear = relay.attach({ post: (told) => tab.down.push(() => receive?.(told)) });
    receive = tab.cable.plug({ post: (told: FromTab) => tab.up.push(() => hear(told)) });
  }

  /** The tab with the relay is gone from one moment to the next. What it had said may still come. */
  lead(): void {
    this.socket?.end();
    this.relay = this.#open();
    for (const tab of this.tabs) this.#plug(tab);
  }

  /** Everything that is on its way comes. */
  carry(): void {
    for (const tab of this.tabs) {
      for (const run of tab.up.splice(0)) run();
      for (const run of tab.down.splice(0)) run();
    }
  }
}
