// A tab's end: what its client takes for sockets. They are plugged into the present relay; when that is gone they are, and the client opens
// others, which wait for the next relay.

import { ClientError } from "../errors.ts";
import type { TokenSource } from "../auth.ts";
import { Known } from "./known.ts";
import type { FromRelay, FromTab, Port } from "./port.ts";

/** The relay is gone: the same as an unclean end of a connection. */
const LOST = 1006;

/** What a tab has taken is said each time that it is so many bytes. */
const seenBytes = 262_144;

/** What a client does with a socket. */
interface TabSocket {
  onopen?: () => void;
  onmessage?: (event: { readonly data: ArrayBuffer }) => void;
  onclose?: (event: { readonly code: number; readonly reason: string }) => void;
  send(batch: Uint8Array): void;
  close(): void;
}

export interface Cable {
  /** What the client opens in place of the platform's. */
  readonly Socket: typeof WebSocket;
  /** From now on the relay is there; what comes from it goes into what is returned. */
  plug(relay: Port<FromTab>): (told: FromRelay) => void;
  /** There is none. */
  unplug(): void;
  /** Has the relay see whether its link still stands, or open another. */
  ask(kind: "probe" | "renew"): void;
}

export function openCable(token: TokenSource | undefined): Cable {
  const known = new Known();
  const asks = new Map<number, AbortController>();
  let relay: Port<FromTab> | undefined;
  let open: { readonly number: number; readonly socket: TabSocket } | undefined;
  let taken = 0;
  let said = 0;
  let lastNumber = 0;

  function end(code: number, reason: string): void {
    const ended = open?.socket;
    open = undefined;
    ended?.onclose?.({ code, reason });
  }

  async function giveToken(
    { ask, reason }: FromRelay & { kind: "token" },
    to: Port<FromTab>,
  ): Promise<void> {
    const own = new AbortController();
    asks.set(ask, own);
    try {
      const given =
        typeof token === "function" ? await token({ reason, signal: own.signal }) : token;
      if (given === undefined) throw new ClientError("no-token", { retryable: true });
      to.post({ kind: "token", ask, token: given });
    } catch (error) {
      const { code, message, retryable } =
        error instanceof ClientError
          ? error
          : new ClientError("no-token", { cause: error, retryable: true });
      to.post({ kind: "token", ask, error: { code, message, retryable } });
    }
    asks.delete(ask);
  }

  class Socket implements TabSocket {
    onopen?: () => void;
    onmessage?: (event: { readonly data: ArrayBuffer }) => void;
    onclose?: (event: { readonly code: number; readonly reason: string }) => void;
    readonly #number = ++lastNumber;

    constructor() {
      open = { number: this.#number, socket: this };
      taken = said = 0;
      known.renew();
      if (relay) queueMicrotask(() => this.#isOpen && relay && this.onopen?.());
    }

    get #isOpen(): boolean {
      return open?.socket === this;
    }

    send(bytes: Uint8Array): void {
      if (this.#isOpen)
        relay?.post({ kind: "up", socket: this.#number, bytes, kept: known.said(bytes) });
    }

    close(): void {
      if (!this.#isOpen) return;
      open = undefined;
      relay?.post({ kind: "close", socket: this.#number });
    }
  }

  function take(bytes: Uint8Array, from: Port<FromTab>): void {
    const { number, socket } = open!;
    const { buffer, byteLength } = known.heard(bytes);
    if (byteLength) socket.onmessage?.({ data: buffer as ArrayBuffer });
    taken += bytes.length;
    if (taken - said < seenBytes || open?.number !== number) return;
    said = taken;
    from.post({ kind: "seen", socket: number, bytes: taken });
  }

  function plug(next: Port<FromTab>): (told: FromRelay) => void {
    unplug();
    relay = next;
    open?.socket.onopen?.();
    return (told) => {
      if (relay !== next) return;
      switch (told.kind) {
        case "down":
          if (told.socket === open?.number) take(told.bytes, next);
          return;
        case "closed":
          if (told.socket === open?.number) end(told.code, told.reason);
          return;
        case "token":
          return void giveToken(told, next);
        case "enough":
          return asks.get(told.ask)?.abort();
        case "over":
          unplug();
      }
    };
  }

  function unplug(): void {
    const was = relay;
    relay = undefined;
    for (const ask of asks.values()) ask.abort();
    if (was) end(LOST, "The tab with the link is gone.");
  }

  return {
    Socket: Socket as unknown as typeof WebSocket,
    plug,
    unplug,
    ask: (kind) => relay?.post({ kind }),
  };
}
