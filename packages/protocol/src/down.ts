// Everything a hub may send, and how a client reads it.

import {
  type CaughtUpFrame,
  caughtUpFrame,
  type GapFrame,
  gapFrame,
  type MarkFrame,
  markFrame,
} from "./frames/catch-up.ts";
import {
  type ActiveFrame,
  activeFrame,
  type DeliveryFrame,
  deliveryFrame,
  type LostFrame,
  lostFrame,
  type StoppedFrame,
  stoppedFrame,
} from "./frames/consume.ts";
import { type WelcomeFrame, welcomeFrame } from "./frames/hello.ts";
import {
  downPingFrame,
  downPongFrame,
  type MovingFrame,
  movingFrame,
  type PingFrame,
} from "./frames/liveness.ts";
import {
  type PatternPublicationFrame,
  patternPublicationFrame,
  type PublicationFrame,
  publicationFrame,
} from "./frames/publication.ts";
import { type HistoryFrame, historyFrame } from "./frames/read.ts";
import { type OkFrame, plainOk, type RefusedFrame, refusedFrame } from "./frames/reply.ts";
import { type EndedFrame, endedFrame } from "./frames/subscribe.ts";
import type { down } from "./opcode.ts";
import type { Frame } from "./wire/frame.ts";

/** Any frame of a hub. An OK carries more than this says; which, the request tells. */
export type DownFrame =
  | WelcomeFrame
  | OkFrame
  | RefusedFrame
  | PublicationFrame
  | PatternPublicationFrame
  | GapFrame
  | EndedFrame
  | CaughtUpFrame
  | PingFrame<typeof down.PING>
  | PingFrame<typeof down.PONG>
  | MovingFrame
  | MarkFrame
  | HistoryFrame
  | DeliveryFrame
  | LostFrame
  | ActiveFrame
  | StoppedFrame;

/** The description of each frame, by opcode. */
export const downFrames: readonly Frame<DownFrame>[] = [
  welcomeFrame,
  plainOk,
  refusedFrame,
  publicationFrame,
  patternPublicationFrame,
  gapFrame,
  endedFrame,
  caughtUpFrame,
  downPingFrame,
  downPongFrame,
  movingFrame,
  markFrame,
  historyFrame,
  deliveryFrame,
  lostFrame,
  activeFrame,
  stoppedFrame,
];
