// Whether the other side is there, how much it has taken, and that the hub is about to leave.

import { down, up } from "../opcode.ts";
import { uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";

/** Asks for the PONG with the same number. Either side may. */
export interface PingFrame<Op extends number> {
  readonly op: Op;
  readonly n: number;
}

const ofNumber = <Op extends number>(op: Op, name: string): Frame<PingFrame<Op>> =>
  frame<PingFrame<Op>>(op, name, { n: uint });

/** Describes {@link PingFrame}. */
/** Describes {@link PingFrame} of a client. */
export const upPingFrame: Frame<PingFrame<typeof up.PING>> = ofNumber(up.PING, "PING");
/** Describes the answer of a client to a PING. */
export const upPongFrame: Frame<PingFrame<typeof up.PONG>> = ofNumber(up.PONG, "PONG");
/** Describes {@link PingFrame} of a hub. */
export const downPingFrame: Frame<PingFrame<typeof down.PING>> = ofNumber(down.PING, "PING");
/** Describes the answer of a hub to a PING. */
export const downPongFrame: Frame<PingFrame<typeof down.PONG>> = ofNumber(down.PONG, "PONG");

/** How much the client has received: payload bytes of binary messages since WELCOME. */
export interface SeenFrame {
  readonly op: typeof up.SEEN;
  readonly bytes: number;
}

/** Describes {@link SeenFrame}. */
export const seenFrame: Frame<SeenFrame> = frame<SeenFrame>(up.SEEN, "SEEN", { bytes: uint });

/** The hub is stopping: come back after this delay, each client its own. */
export interface MovingFrame {
  readonly op: typeof down.MOVING;
  readonly reconnectAfterMs: number;
}

/** Describes {@link MovingFrame}. */
export const movingFrame: Frame<MovingFrame> = frame<MovingFrame>(down.MOVING, "MOVING", {
  reconnectAfterMs: uint,
});
