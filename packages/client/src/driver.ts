// Runs the connection machine on a socket and the one timer. It knows nothing of topics.

import { encodePayload, type protocolVersion, type subprotocol, type up } from "@fanwire/protocol";
import { Alarm, type Timed } from "./alarm.ts";
import {
  type Connection,
  connectionDueAt,
  type ConnectionEvent,
  idle,
  type Live,
} from "./core/connection.ts";
import { nextConnection } from "./core/connection-table.ts";
import { Flow } from "./core/flow.ts";
import { ClientError, closing } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
import { Sender } from "./sender.ts";
import { type Status, statusOf } from "./status.ts";
import { Cell } from "./store.ts";
import { version } from "./version.ts";

const SUBPROTOCOL: typeof subprotocol = "fanwire.1";
const VERSION: typeof protocolVersion = 1;
const HELLO: typeof up.HELLO = 1;
const PONG: typeof up.PONG = 7;
const PING: typeof up.PING = 8;
const SEEN: typeof up.SEEN = 9;

/** How the driver connects; see `ClientOptions`. */
export interface Settings {
  readonly url: string;
  readonly Socket: typeof WebSocket;
  readonly idleMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What the link is for. */
export interface Cargo {
  /** A message came. Returns what is wrong with it, or "". */
  read(bytes: Uint8Array): string;
  /** What waits is to be said now. */
  load(): void;
  /** The link is gone. */
  cut(cause: ClientError | undefined): void;
}

/** Something that needs the link. */
export interface User {
  /** There will be no link any more. */
  over(cause: ClientError | undefined): void;
}

const isLinked = ({ state }: Connection): boolean => state === "live" || state === "draining";

/** Owns the socket and the state of the link. */
export class Driver implements Timed {
  readonly status: Cell<Status> = new Cell<Status>(idle);
  readonly alarm: Alarm;
  readonly sender: Sender;
  /** What needs the link. */
  readonly users: Set<User> = new Set();
  readonly #settings: Settings;
  readonly #runtime: Runtime;
  readonly #cargo: Cargo;
  #link: Connection = idle;
  #socket: WebSocket | undefined;
  #flow = new Flow();
  #heardAt = 0;

  constructor(settings: Settings, runtime: Runtime, cargo: Cargo) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.#cargo = cargo;
    this.alarm = new Alarm(runtime);
    this.alarm.add(this);
    this.sender = new Sender(() => cargo.load());
  }

  get now(): number {
    return this.#runtime.now();
  }

  get dueAt(): number {
    return Math.min(connectionDueAt(this.#link, this.#heardAt), this.#flow.lateAt);
  }

  due(now: number): void {
    if (now >= this.#flow.lateAt) this.#saySeen();
    this.step({ type: "tick" });
  }

  /** From now on `user` needs the link. One that comes too late is over at once. */
  use(user: User): void {
    const link = this.#link;
    if (link.state === "closed") return user.over(link.cause);
    if (link.state === "draining") return user.over(undefined);
    if (this.users.add(user).size === 1) this.step({ type: "use" });
  }

  release(user: User): void {
    if (this.users.delete(user) && this.users.size === 0) this.step({ type: "rest" });
  }

  pong(n: number): void {
    this.sender.say(PONG, n);
    this.#saySeen();
  }

  step(event: ConnectionEvent): void {
    const before = this.#link;
    this.#link = nextConnection(before, event, {
      ...this.#settings,
      now: this.now,
      chance: this.#runtime.random(),
      heardAt: this.#heardAt,
      isWanted: this.users.size > 0,
    });
    if (this.#link !== before) this.#act(before, this.#link);
    this.alarm.set();
  }

  /** Makes the world as the state says. Functions of the application that are called meanwhile may change the state again. */
  #act(before: Connection, next: Connection): void {
    const { cause } = next as { cause?: ClientError };
    if (!isLinked(next)) this.#drop();
    if (next.state === "connecting") this.#dial();
    if (next.state === "live") this.#live(before, next);
    if (isLinked(before) && !isLinked(next)) {
      this.sender.cut(cause);
      this.#cargo.cut(cause);
    }
    if (next.state === "closed") for (const user of this.users) user.over(cause);
    const status = statusOf(this.#link, this.#runtime);
    if (next.state !== before.state && status) this.status.set(status);
  }

  #live(before: Connection, { answerBy }: Live): void {
    if (before.state !== "live") this.sender.link(this.#socket!);
    else if (answerBy < Infinity && answerBy !== before.answerBy) this.sender.say(PING, 1);
  }

  #dial(): void {
    const { Socket, url } = this.#settings;
    this.#flow = new Flow();
    try {
      this.#socket = new Socket(url, SUBPROTOCOL);
      this.#listen(this.#socket);
    } catch (cause) {
      this.step({ type: "lost", cause: new ClientError("unreachable", { cause }) });
    }
  }

  #listen(socket: WebSocket): void {
    const hello = [HELLO, VERSION, null, { sdk: "fanwire-js", version, flow: true }, null];
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () =>
      socket.send(encodePayload(hello) as Uint8Array<ArrayBuffer>),
    );
    socket.addEventListener("message", ({ data }) => this.#read(socket, data));
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.step({ type: "lost", cause: closing(code, reason) });
    });
    socket.addEventListener("error", () => {}); // a close follows; some kinds of sockets throw an error that nobody takes
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #read(socket: WebSocket, data: ArrayBuffer): void {
    if (socket !== this.#socket) return;
    const link = this.#link;
    const bytes = new Uint8Array(data);
    this.#heardAt = this.now;
    const isSeen = isLinked(link) && this.#flow.add(bytes.length, this.#heardAt);
    const fault = this.#cargo.read(bytes);
    if (socket !== this.#socket) return;
    if (link.state === "live" && link.answerBy < Infinity) this.step({ type: "heard" });
    if (fault)
      this.step({
        type: "lost",
        cause: new ClientError("malformed", { retryable: true, cause: fault }),
      });
    if (isSeen) this.#saySeen();
    else this.alarm.add(this);
  }

  #saySeen(): void {
    this.sender.say(SEEN, this.#flow.report());
  }
}
