// A hub that keeps every promise of the protocol, and a listener that notes what it should not be told.

import type { Granted, SubscribeOutcome } from "@fanwire/protocol";
import { framesOf, type WireFrame } from "@fanwire/testkit";
import type { Gap } from "./core/gap.ts";
import { type Bench, type FakeSocket, hub } from "./fake-hub.testkit.ts";
import type { Publication } from "./publication.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

const AUTH = 2;
const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const PUBLISH = 5;

export const names: readonly string[] = ["a", "b", "c.*", "e"];
const topicOf = (name: string): string => name.replace("*", "d");

/** What the hub keeps of each topic: all, nothing, the last four. */
const keeps: Readonly<Record<string, number>> = { a: Infinity, b: 0, "c.d": Infinity, e: 4 };

/** Reads what the client says only when it is told to, and keeps every promise of the protocol. */
export class HonestHub {
  #bench: Bench;
  readonly #heads = new Map<string, number>();
  #socket: FakeSocket | undefined;
  #read = 0;
  #streams = new Map<string, number>();
  #numbers = 0;
  /** Frames of replays that are not said yet, and what comes behind them, by stream. */
  #unsaid = new Map<number, Uint8Array[]>();
  /** What was published. */
  readonly happened: string[] = [];
  readonly #taken = new Map<string, number>();
  /** For how long a token is good; null: for ever. */
  tokenMs: number | null = null;
  /** Grants and takes later what is asked for now. */
  isBusy = false;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** From now on it serves another client. */
  serve(bench: Bench): void {
    this.#bench = bench;
    this.#socket = undefined;
  }

  /** How many streams the client is told on its link, while it has one. */
  get streams(): number {
    return this.#socket?.closeCode === undefined ? this.#streams.size : 0;
  }

  /** Welcomes the client, or answers all that it has said and goes on with replays. */
  work(framesMax = 2): void {
    const socket = this.#bench.sockets.at(-1);
    if (!socket || socket.closeCode !== undefined) return;
    if (socket !== this.#socket) return this.#accept(socket);
    for (; this.#read < socket.messages.length; this.#read++)
      for (const frame of framesOf(socket.messages[this.#read]!)) this.#answer(socket, frame);
    for (const [sub, frames] of this.#unsaid) {
      const said = frames.splice(0, framesMax);
      if (frames.length === 0) this.#unsaid.delete(sub);
      if (said.length > 0) socket.say(...said);
    }
  }

  /** Somebody publishes. */
  publish(name: string): void {
    const topic = topicOf(name);
    const offset = this.#head(topic) + 1;
    this.#heads.set(topic, offset);
    const sub = this.#streams.get(name);
    if (sub === undefined || this.#socket !== this.#bench.sockets.at(-1)) return;
    const frames = [this.#publication(name, sub, offset)];
    if (name !== topic && offset % 4 === 0) frames.push(hub.mark(sub, offset));
    const waiting = this.#unsaid.get(sub);
    if (waiting) waiting.push(...frames);
    else this.#socket?.say(...frames);
  }

  #publication(name: string, sub: number, offset: number): Uint8Array {
    const topic = topicOf(name);
    return name === topic
      ? hub.publication(sub, offset, offset)
      : hub.patternPublication(sub, topic, offset, offset);
  }

  #accept(socket: FakeSocket): void {
    this.#socket = socket;
    this.#streams = new Map();
    this.#unsaid = new Map();
    socket.welcome({}, "s1", this.tokenMs);
    this.#read = 1;
  }

  #answer(socket: FakeSocket, frame: WireFrame): void {
    const [op, id, what] = frame;
    if (op === PUBLISH)
      if (what === 999) socket.say(hub.refused(id as number, "unknown-alias"));
      else this.#take(socket, frame);
    else if (op === SUBSCRIBE) {
      const asked = what as readonly (readonly [string, unknown])[];
      socket.say(
        hub.granted(id as number, ...asked.map(([name, from]) => this.#grant(name, from))),
      );
    } else if (op === AUTH)
      socket.say(hub.authOk(id as number, this.#bench.clock.wallNow() + this.tokenMs!));
    else if (op === UNSUBSCRIBE) {
      for (const name of what as readonly string[]) {
        this.#unsaid.delete(this.#streams.get(name)!);
        this.#streams.delete(name);
      }
      socket.say(hub.ok(id as number));
    }
  }

  /** Takes what it can take, says again what it has taken, and refuses the rest for now. */
  #take(socket: FakeSocket, [, id, to, options, , , payload]: WireFrame): void {
    const topic = to as string;
    const own = (options as Map<string, unknown> | null)?.get("id") as
      | readonly number[]
      | undefined;
    const taken = `${topic} ${own?.[0]}`;
    const last = this.#taken.get(taken) ?? 0;
    if (this.isBusy && id !== 0) return socket.say(hub.refused(id as number, "rate-limited", 100));
    const isNew = !own || own[1] === Math.max(last + 1, own[2]!);
    if (!isNew && own[1]! > last) return socket.say(hub.refused(id as number, "out-of-order", 100));
    if (isNew) this.happened.push(`${topic} ${(payload as Uint8Array).join(",")}`);
    if (isNew && own) this.#taken.set(taken, own[1]!);
    if (id !== 0)
      socket.say(hub.published(id as number, { alias: 999, duplicate: !isNew, offset: null }));
  }

  #grant(name: string, from: unknown): Partial<Granted> | SubscribeOutcome {
    if (this.isBusy) return { granted: false, code: 300, text: "Later.", retryAfterMs: 100 };
    const topic = topicOf(name);
    const known = this.#streams.get(name);
    const sub = known ?? ++this.#numbers;
    this.#streams.set(name, sub);
    const head = this.#head(topic);
    const first = Math.max(1, head + 1 - keeps[topic]!);
    const isPattern = name !== topic;
    let at = head;
    if (typeof from === "number") at = Math.max(first - 1, head - from);
    else if (isPattern && from) at = this.#after(from as readonly unknown[]);
    else if (from) at = (from as readonly number[])[0] === 0 ? first - 1 : (from as number[])[1]!;
    const place = isPattern ? { epoch: null, head: null } : { epoch: 5, head };
    if (from === null && known !== undefined) return { sub, ...place };
    this.#unsaid.delete(sub);
    if (at === head) return { sub, ...place, mark: isPattern ? Uint8Array.of(head) : null };
    const frames: Uint8Array[] = [];
    const missed = first - 1 - at;
    if (missed > 0) frames.push(hub.gap(sub, { epoch: 5, next: first, missed, reason: 1 }));
    for (let offset = Math.max(at + 1, first); offset <= head; offset++)
      frames.push(this.#publication(name, sub, offset));
    frames.push(
      hub.caughtUp(sub, isPattern ? { mark: Uint8Array.of(head) } : { epoch: 5, offset: head }),
    );
    this.#unsaid.set(sub, frames);
    return { sub, ...place, replay: missed > 0 ? 2 : 1 };
  }

  /** A mark is the head of the one topic; the client may have had more of it. */
  #after([mark, , , offset]: readonly unknown[]): number {
    const reached = (mark as Uint8Array)[0]!;
    // as if the hub did not look at what stands beside the mark, sometimes
    return reached % 8 === 0 ? reached : Math.max(reached, (offset as number | undefined) ?? 0);
  }

  #head(topic: string): number {
    return this.#heads.get(topic) ?? 0;
  }
}

/** A listener that notes what it should not be told. */
export class Witness {
  readonly subscription: Subscription<unknown>;
  readonly #name: string;
  /** The application fetches state: what is delivered need not begin where the last ended. */
  readonly #hasState: boolean;
  /** It begins with the state, which is none here. */
  readonly #isState: boolean;
  readonly #faults: string[];
  readonly #inside: (offset: number) => void;
  #isOver = false;
  /** The offset that comes next; undefined: any. */
  #next: number | undefined;

  /** `inside` is called within each delivery. */
  constructor(
    bench: Bench,
    name: string,
    options: SubscribeOptions,
    faults: string[],
    inside: (offset: number) => void,
  ) {
    this.#name = name;
    this.#hasState = options.resync !== undefined;
    this.#isState = options.from === "state";
    this.#faults = faults;
    this.#inside = inside;
    const topic = bench.client.topic(name);
    this.subscription = topic.subscribe((publication) => this.#deliver(publication), {
      ...options,
      resync:
        options.resync &&
        ((why) => {
          this.#fetched();
          return options.resync!(why);
        }),
    });
    if (name === "a" && options.from === "start") this.#next = 1;
    this.subscription.on("gap", (gap) => this.#gap(gap));
    this.subscription.on("interrupted", () => this.#must(!this.#isOver, "interrupted late"));
    this.subscription.on("ended", () => this.#must(this.#isOver, "ended by itself"));
  }

  mustBeLive(): void {
    const state = this.subscription.state.get();
    this.#must(this.#isOver || state === "live", `${state} in the end`);
  }

  leave(): void {
    this.#isOver = true;
    this.subscription.unsubscribe();
  }

  #must(holds: boolean, fault: string): void {
    if (!holds) this.#faults.push(fault);
  }

  #deliver({ data, position }: Publication): void {
    const offset = data as number;
    const at = this.subscription.position;
    this.#must(!this.#isOver, "delivered late");
    this.#must(this.#next === undefined || offset === this.#next, `lost before ${offset}`);
    const isAny = at === undefined || this.#hasState || this.#name === "c.*";
    const isBehind = isAny || at === `5:${offset - 1}`;
    this.#must(isBehind, `at ${at} when ${offset} came`);
    this.#must(position === `5:${offset}`, `${position} is not that of ${offset}`);
    this.#next = offset + 1;
    this.#inside(offset);
  }

  /** Whatever is behind it, it has. */
  #fetched(): void {
    this.#must(!this.#isOver, "resync late");
    this.#next = undefined;
  }

  #gap({ next, missed }: Gap): void {
    this.#must(!this.#isOver, "gap told late");
    this.#must(keeps[topicOf(this.#name)]! < Infinity, `gap of ${this.#name}`);
    const offset = next && Number(next.split(":")[1]);
    if (offset && this.#next) this.#must(missed === offset - this.#next, `${missed} missed`);
    // a state comes anew, from wherever it is then
    this.#next = this.#isState ? undefined : offset || undefined;
  }
}
