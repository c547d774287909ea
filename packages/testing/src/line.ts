// What lies between one client and the hub, over all of its connections.

import { up } from "@fanwire/protocol";
import type { Session } from "@fanwire/server/inside";
import type { Loss } from "./losses.ts";
import type { HubCore } from "./hub-core.ts";
import type { WorldClock } from "./world-clock.ts";

/** What a client asks a hub for, and can be refused. */
export type Request = "subscribe" | "publish" | "read" | "enter" | "send" | "consume" | "manage";

/** Their opcodes. */
export const requests: Readonly<Record<Request, number>> = {
  subscribe: up.SUBSCRIBE,
  publish: up.PUBLISH,
  read: up.READ,
  enter: up.ENTER,
  send: up.SEND,
  consume: up.CONSUME,
  manage: up.MANAGE,
};

/** A request that is refused when it comes. */
export interface NextRefusal {
  readonly op: number;
  readonly code: number;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

/** One connection, as the line has it. */
export interface OpenWire {
  readonly session: Session | undefined;
  /** Both ends hear that the connection is lost, and what is on its way is lost with it. */
  cut(): void;
  /** The hub closes it. */
  kick(code: number, text: string): void;
  /** Nothing more arrives this way, and neither end hears of that. */
  freeze(way: Way): void;
}

/** From the client to the hub, or from the hub to the client. */
export type Way = "up" | "down";

/** What all lines of a world have. */
export interface Network {
  readonly hub: HubCore;
  readonly clock: WorldClock;
  readonly losses: readonly Loss[];
  /** The id of another session. */
  nextSession(): string;
}

export class Line {
  readonly network: Network;
  /** Connections that are not gone, the newest last. */
  readonly wires: Set<OpenWire> = new Set();
  /** How long everything is on its way, in milliseconds. */
  delayMs = 0;
  isUnplugged = false;
  /** So many publications and jobs arrive twice. */
  duplicates = 0;
  readonly refusals: NextRefusal[] = [];

  constructor(network: Network) {
    this.network = network;
  }

  get isOpen(): boolean {
    return !this.isUnplugged && this.network.hub.isRunning;
  }

  cut(): void {
    for (const wire of this.wires) wire.cut();
  }
}
