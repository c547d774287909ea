// Runs the connection machine on a socket and the one timer, and carries frames. It knows nothing of topics.

import {
  decodeEach,
  encodeEach,
  encodePayload,
  type protocolVersion,
  type subprotocol,
} from "@fanwire/protocol";
import {
  type Closed,
  type Connection,
  type ConnectionEvents,
  idle,
  type Live,
  type Moment,
} from "./core/connection.ts";
import { connectionDueAt, nextConnection } from "./core/connection-table.ts";
import { openAuth, type TokenSource } from "./auth.ts";
import { ClientError, hubError } from "./errors.ts";
import type { DownFrame, Limits, OkFrame } from "./frames.ts";
import { HELLO, HUB_PING, MOVING, OK, PING, PONG, REFUSED, SEEN, WELCOME } from "./opcodes.ts";
import type { Runtime } from "./runtime.ts";
import { type Status, statusOf } from "./status.ts";
import { newCell, type Store } from "./store.ts";
import { version } from "./version.ts";

const SUBPROTOCOL: typeof subprotocol = "fanwire.1";
const VERSION: typeof protocolVersion = 1;

/** How the link connects; see `ClientOptions`. */
export interface Settings {
  readonly url: string;
  readonly Socket: typeof WebSocket;
  readonly token: TokenSource | undefined;
  readonly idleMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What the link is for. */
interface Cargo {
  /** A frame came that is not the link's own. */
  read?(frame: DownFrame): void;
  /** What waits is to be said now. */
  load(): unknown;
  /** The link is gone. */
  cut?(cause: ClientError | undefined): void;
}

/** Something that needs the link. */
export interface User {
  /** Does what is due, and returns when it wants to be woken next. `Infinity`: not by the time. */
  wake(): number;
  /** There will be no link any more. */
  over(cause?: ClientError): void;
}

/** Hears the answer to a request: an OK, a refusal, or that none will come. */
type Asker = (answer: OkFrame | ClientError) => void;

export interface Link extends Moment {
  readonly status: Store<Status>;
  /** What needs the link. */
  readonly users: ReadonlySet<User>;
  readonly cargo: Cargo[];
  readonly url: string;
  /** Why there was none the last time; undefined once there is one. */
  failure?: ClientError | undefined;
  limits: Limits;
  heard: number;
  heardAt: number;
  idleAt: number;
  /** Nothing new may use it. */
  isClosing: boolean;
  /** What the hub's clock says, in milliseconds since 1970, as far as WELCOME told it. */
  hubTime(): number;
  /** What is said can leave. */
  isLive(): boolean;
  /** From now on `user` needs the link, and to be woken at `dueAt`. One that comes too late is over at once. */
  use(user: User, dueAt: number): void;
  release(user: User): void;
  step<E extends keyof ConnectionEvents>(event: E, told?: ConnectionEvents[E]): void;
  /** Says a request at the end of this turn, given its opcode and what follows its id. Returns its number, never used before; 0: nobody asks. */
  ask(asker: Asker | undefined, op: number, ...elements: readonly unknown[]): number;
  /** At the end of this turn, says what waits. */
  soon(): void;
}

/** What holds until the hub tells otherwise. */
const defaults: Limits = {
  batchBytesMax: 262_144,
  payloadBytesMax: Infinity,
  pingMs: 25_000,
  pingTimeoutMs: 10_000,
};

export function openLink(settings: Settings, runtime: Runtime): Link {
  const status = newCell<Status>(idle);
  const users = new Set<User>();
  const askers = new Map<number, Asker>();
  /** Clients of one stream would otherwise say SEEN all at the same moment. */
  const spread = 1 - runtime.random() / 4;
  let link: Connection = idle;
  let socket: WebSocket | undefined;
  /** The session and its secret, as the last WELCOME told: by it the next link is known as the same client. */
  let known: readonly unknown[] | null = null;
  let frames: unknown[] = [];
  let lastId = 0;
  /** Payload bytes since WELCOME, how many of them SEEN has told, and when the rest is due. */
  let received = 0;
  let reported = 0;
  let seenBy = Infinity;
  /** When the present half second began, with how many bytes, and half of what the one before brought. */
  let periodAt = 0;
  let periodFrom = 0;
  let half = 0;
  let timer: unknown;
  let ringsAt = Infinity;
  let isDue = false;
  /** The hub's time less ours. */
  let clock = 0;

  const isLive = (): boolean => link.state === "live";

  function step(event: keyof ConnectionEvents, told?: unknown): void {
    const before = link;
    link = nextConnection(before, event, told as never, self);
    if (link !== before) act(before, link);
    let next = Infinity;
    if (self.now >= seenBy) seen();
    for (const user of users) next = Math.min(next, user.wake());
    ringAt(Math.min(next, auth.wake(), seenBy, connectionDueAt(link, self)));
  }

  function ringAt(at: number): void {
    ringsAt = at;
    runtime.clearTimer(timer);
    // what a hub tells may be no time: whatever else is due is done then, a little late
    timer = runtime.setTimer(tick, at >= 0 ? Math.max(at - self.now, 0) : 1000);
  }

  const tick = (): void => step("tick");

  /** Makes the world as the state says. Functions of the application that are called meanwhile may change the state again. */
  function act(before: Connection, next: Connection): void {
    const { cause } = next as Closed;
    const { state } = next;
    if (state !== "connecting") self.failure = cause;
    const isNew = state !== before.state;
    if (state === "live")
      if (isNew) soon();
      else if (next.answerBy !== (before as Live).answerBy) say(PING, 1);
      else return;
    else {
      const old = socket;
      socket = undefined;
      old?.close(1000);
      auth.stop();
      if (state === "connecting") auth.connect(dial);
      if (before.state === "live") cut(cause);
    }
    if (state === "closed") for (const user of users) user.over(cause);
    if (isNew) status.set(statusOf(link, runtime));
  }

  function dial(token: string | null): void {
    try {
      const own = (socket = new settings.Socket(settings.url, SUBPROTOCOL));
      const hello = [HELLO, VERSION, token, { sdk: "fanwire-js", version, flow: true }, known];
      Object.assign(own, {
        binaryType: "arraybuffer",
        onopen: () => own.send(encodePayload(hello)),
        onmessage: ({ data }: MessageEvent<ArrayBuffer>) => receive(own, data),
        onclose({ code, reason }: CloseEvent) {
          // Deno has no code for a link that broke
          if (own === socket) step("lost", auth.lostBy(code || 1006, reason));
        },
        onerror: () => {}, // a close follows; some kinds of sockets throw an error that nobody takes
      });
    } catch (cause) {
      step("lost", new ClientError("unreachable", { cause }));
    }
  }

  function cut(cause: ClientError | undefined): void {
    frames = [];
    received = periodFrom = half = 0;
    seen();
    for (const part of self.cargo) part.cut?.(cause);
    for (const id of askers.keys())
      answer(id, new ClientError("unknown-outcome", { retryable: true, cause }));
  }

  function receive(own: WebSocket, data: ArrayBuffer): void {
    if (own !== socket) return;
    self.heardAt = self.now;
    self.heard++;
    if (isLive()) count(data.byteLength);
    try {
      if (!data.byteLength) throw new Error("no frame");
      decodeEach(new Uint8Array(data), (frame) => {
        // functions of the application may have given the link up
        if (own === socket) read(frame as DownFrame);
      });
    } catch (cause) {
      if (own === socket) step("lost", new ClientError("malformed", { retryable: true, cause }));
    }
    const unreported = received - reported;
    if (unreported >= Math.max(32_768, half) * spread) seen();
    else if (unreported >= 8192 && seenBy === Infinity) seenBy = self.heardAt + 2000;
    if (seenBy < ringsAt) ringAt(seenBy);
  }

  function count(bytes: number): void {
    const { heardAt } = self;
    const periodMs = heardAt - periodAt;
    if (periodMs >= 500) {
      half = periodMs < 1000 ? Math.min((received - periodFrom) / 2, 1_048_576) : 0;
      periodAt = heardAt;
      periodFrom = received;
    }
    received += bytes;
  }

  function read(frame: DownFrame): void {
    if (!Array.isArray(frame)) throw new Error("no frame");
    switch (frame[0]) {
      case OK:
        return answer(frame[1], frame);
      case REFUSED:
        answer(frame[1], hubError(frame[2], frame[3], frame[4]));
        break; // with the id 0 it is no answer
      case WELCOME: {
        self.limits = { ...defaults, ...frame[5] };
        const { batchBytesMax, pingMs, pingTimeoutMs } = self.limits;
        // by what is none of these it would turn in a circle
        for (const told of [frame[4], frame[7] ?? 1, batchBytesMax, pingMs, pingTimeoutMs])
          if (!Number.isFinite(told) || told <= 0) throw new Error("no frame");
        clock = frame[4] - self.now;
        known = frame.slice(2, 4);
        step("welcome", { ...self.limits, session: frame[2] });
        return auth.welcomed(frame[7] && frame[7] - frame[4]);
      }
      case HUB_PING:
        say(PONG, frame[1]);
        return seen();
      case MOVING:
        return step("moving", Math.max(frame[1], 0) || 0);
    }
    for (const part of self.cargo) part.read?.(frame);
  }

  function seen(): void {
    seenBy = Infinity;
    reported = received;
    say(SEEN, reported);
  }

  function say(...frame: readonly unknown[]): void {
    if (!isLive()) return;
    frames.push(frame);
    soon();
  }

  /** Who asked is forgotten only then: an answer that is no frame was none. */
  function answer(id: number, told: OkFrame | ClientError): void {
    askers.get(id)?.(told);
    askers.delete(id);
    if ((link as Live).moveAt < Infinity) tick();
  }

  function soon(): void {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      // what a link that is left would not answer waits for the next one
      if (link.state === "live" && self.now < link.moveAt)
        for (const part of self.cargo) part.load();
      isDue = false;
      encodeEach(frames.splice(0), self.limits.batchBytesMax, (batch) => socket!.send(batch));
    });
  }

  const self: Link = {
    ...settings,
    status,
    users,
    get now() {
      return runtime.now();
    },
    get chance() {
      return runtime.random();
    },
    get isWanted() {
      return users.size > 0;
    },
    get isBusy() {
      return askers.size > 0;
    },
    cargo: [],
    limits: defaults,
    heard: 0,
    heardAt: 0,
    idleAt: Infinity,
    isClosing: false,
    hubTime: () => self.now + clock,
    isLive,
    use(user, dueAt) {
      if ((self.isClosing && !users.has(user)) || link.state === "closed")
        return user.over((link as Closed).cause);
      self.idleAt = Infinity;
      users.add(user);
      if (link.state === "idle") tick();
      else if (dueAt < ringsAt) ringAt(dueAt);
    },
    release(user) {
      if (!users.delete(user) || users.size > 0) return;
      self.idleAt = self.now + settings.idleMs;
      tick();
    },
    step,
    ask(asker, op, ...elements) {
      const id = asker ? ++lastId : 0;
      if (asker) askers.set(id, asker);
      say(op, id, ...elements);
      return id;
    },
    soon,
  };
  const auth = openAuth(settings.token, self);
  return self;
}
