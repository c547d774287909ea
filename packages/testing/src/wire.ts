// One connection: two ways, each in order, that can be slow, silent or cut.

import { eachMessage, refusedFrame, seenFrame, up, welcomeFrame, Writer } from "@fanwire/protocol";
import type { Session } from "@fanwire/server/inside";
import { framesOf, joined, type OneFrame, readAs } from "./frames.ts";
import type { HubEnd } from "./hub-core.ts";
import type { Line, NextRefusal, OpenWire, Way } from "./line.ts";
import { Losing } from "./losses.ts";

/** What nobody tells the reason of. */
const lost = 1006;

/** The client's end. */
export interface ClientEnd {
  opened(): void;
  received(message: Uint8Array<ArrayBuffer>): void;
  ended(code: number, reason: string): void;
}

/** What may be said twice and happen once. */
const repeatable: ReadonlySet<number> = new Set([up.PUBLISH, up.SEND]);

export class Wire implements HubEnd, OpenWire {
  session: Session | undefined = undefined;
  readonly #line: Line;
  readonly #socket: ClientEnd;
  readonly #losing = new Losing();
  /** When the last thing arrives that is on its way. */
  readonly #lastAt: Record<Way, number> = { up: 0, down: 0 };
  readonly #isFrozen: Record<Way, boolean> = { up: false, down: false };
  #isGone = false;
  /** The hub has done with it. */
  #isHubDone = false;
  #isClientDone = false;
  #isWelcome = false;
  /** Bytes that the client was sent since WELCOME, less those that the hub has said. */
  #surplus = 0;
  #seen = 0;

  constructor(line: Line, socket: ClientEnd) {
    this.#line = line;
    this.#socket = socket;
    line.wires.add(this);
    this.#arrive("up", () => this.#open());
  }

  // the hub's end

  write(messages: Uint8Array): void {
    eachMessage(messages, (message) => {
      const copy = new Uint8Array(message);
      this.#arrive("down", () => this.#toClient(copy));
    });
  }

  shut(code: number, text: string): void {
    this.#isHubDone = true;
    this.#leave();
    this.#arrive("down", () => this.#end(code, text));
  }

  // the client's end

  fromClient(message: Uint8Array): void {
    const bytes = this.#isChanged ? this.#changed(message) : message;
    if (bytes.length === 0) return;
    this.#arrive("up", () => this.#line.network.hub.told().received(this, bytes));
  }

  closeByClient(code: number): void {
    this.#arrive("up", () => this.#closed());
    const { clock } = this.#line.network;
    // a platform gives up a socket by itself whose other end does not answer
    clock.at(clock.now() + this.#line.delayMs, () => this.#end(code, ""));
  }

  cut(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const { clock } = this.#line.network;
    clock.at(clock.now(), () => {
      this.#closed();
      this.#end(lost, "");
    });
  }

  kick(code: number, text: string): void {
    this.#closed();
    this.#arrive("down", () => this.#end(code, text));
  }

  freeze(way: Way): void {
    this.#isFrozen[way] = true;
  }

  #arrive(way: Way, run: () => void): void {
    const { clock } = this.#line.network;
    const at = Math.max(clock.now() + this.#line.delayMs, this.#lastAt[way]);
    this.#lastAt[way] = at;
    clock.at(at, () => {
      if (!this.#isGone && !this.#isFrozen[way]) run();
    });
  }

  #open(): void {
    const { network, isOpen } = this.#line;
    if (!isOpen) {
      this.#isHubDone = true;
      return this.#end(lost, "");
    }
    network.hub.opened(this, network.nextSession());
    this.#arrive("down", () => this.#socket.opened());
  }

  #closed(): void {
    if (this.#isHubDone) return;
    this.#isHubDone = true;
    this.#leave();
    const { hub } = this.#line.network;
    if (this.session && hub.isRunning) hub.told().closed(this);
  }

  #end(code: number, reason: string): void {
    this.#isClientDone = true;
    this.#leave();
    this.#socket.ended(code, reason);
  }

  /** Neither end has it any more. */
  #leave(): void {
    if (this.#isClientDone && this.#isHubDone) this.#line.wires.delete(this);
  }

  #toClient(message: Uint8Array<ArrayBuffer>): void {
    const { losses } = this.#line.network;
    if (!this.#isWelcome) {
      this.#isWelcome = framesOf(message)[0]?.op === welcomeFrame.op;
      return this.#socket.received(message);
    }
    if (losses.length === 0) return this.#socket.received(message);
    const kept = framesOf(message).flatMap((frame) => this.#losing.pass(frame, losses));
    const left = joined(kept);
    this.#surplus += left.length - message.length;
    if (left.length > 0) this.#socket.received(left);
  }

  get #isChanged(): boolean {
    const { duplicates, refusals } = this.#line;
    return duplicates > 0 || refusals.length > 0 || this.#surplus !== 0;
  }

  /** What the hub gets of what the client says. */
  #changed(message: Uint8Array): Uint8Array {
    return joined(framesOf(message).flatMap((frame) => this.#passUp(frame)));
  }

  #passUp(frame: OneFrame): Uint8Array[] {
    if (frame.op === up.SEEN) return [this.#seenByHub(frame)];
    const { refusals } = this.#line;
    const next = refusals.findIndex(({ op }) => op === frame.op);
    if (next >= 0) {
      this.#refuse(frame, refusals.splice(next, 1)[0]!);
      return [];
    }
    if (this.#line.duplicates === 0 || !repeatable.has(frame.op)) return [frame.bytes];
    this.#line.duplicates--;
    return [frame.bytes, frame.bytes];
  }

  /** The hub counts what it has said, not what was said in its place. */
  #seenByHub(frame: OneFrame): Uint8Array {
    const { bytes } = readAs(frame, (r, count) => seenFrame.read(r, count));
    this.#seen = Math.max(this.#seen, bytes - this.#surplus);
    const w = new Writer();
    seenFrame.write(w, { bytes: this.#seen });
    return w.take();
  }

  #refuse(frame: OneFrame, { code, text, retryAfterMs }: NextRefusal): void {
    const id = readAs(frame, (r) => r.uint());
    const w = new Writer();
    refusedFrame.write(w, { id, code, text, retryAfterMs, topic: null, count: null });
    const refused = joined([w.take()]);
    this.#arrive("down", () => {
      this.#surplus += refused.length;
      this.#socket.received(refused);
    });
  }
}
