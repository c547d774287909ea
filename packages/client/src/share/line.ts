// One socket of a tab, at the relay's end: what it is told leaves at the end of the turn, and not more than the tab can take.

import { encodePayload } from "@fanwire/protocol";
import type { Frame } from "../frames.ts";
import { joined } from "./known.ts";
import type { FromRelay, Port } from "./port.ts";
import { OK } from "../opcodes.ts";

const LAGGING = 4002;

/** A tab that has not seen so many bytes of what it was told is left, and goes on from where it is when it comes back. */
export const unseenBytesMax = 8_388_608;

/** A message to a tab is cut above this, in bytes. */
const messageBytes = 65_536;

/** Encoded once for all tabs. */
const encoded = new WeakMap<Frame, Uint8Array>();

function bytesOf(frame: Frame): Uint8Array {
  let bytes = encoded.get(frame);
  if (!bytes) encoded.set(frame, (bytes = encodePayload(frame)));
  return bytes;
}

export class Line {
  readonly socket: number;
  readonly tab: Port<FromRelay>;
  /** It has said HELLO. */
  isIn = false;
  /** It was told WELCOME. */
  isLive = false;
  isClosed = false;
  readonly #closed: (line: Line) => void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #sent = 0;
  #seen = 0;

  /** `closed` is called when the relay closes it. */
  constructor(tab: Port<FromRelay>, socket: number, closed: (line: Line) => void) {
    this.tab = tab;
    this.socket = socket;
    this.#closed = closed;
  }

  tell(frame: Frame): void {
    if (this.isClosed) return;
    const bytes = bytesOf(frame);
    if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
    else if (this.#bytes + bytes.length > messageBytes) this.#post();
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  ok(id: number, ...more: Frame): void {
    this.tell([OK, id, ...more]);
  }

  /** The tab has taken so many bytes. */
  seen(bytes: number): void {
    this.#seen = bytes;
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.#post();
    this.isClosed = true;
    this.tab.post({ kind: "closed", socket: this.socket, code, reason });
    this.#closed(this);
  }

  #flush(): void {
    if (this.isClosed) return;
    this.#post();
    if (this.#sent - this.#seen > unseenBytesMax)
      this.close(LAGGING, "The tab takes less than it is told.");
  }

  #post(): void {
    if (this.#waiting.length === 0) return;
    const bytes = joined(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    this.#sent += bytes.length;
    this.tab.post({ kind: "down", socket: this.socket, bytes });
  }
}
