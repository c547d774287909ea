// Everything a client may send, and how a hub reads it.

import { type AuthFrame, authFrame } from "./frames/auth.ts";
import {
  type CancelFrame,
  cancelFrame,
  type ConsumeFrame,
  consumeFrame,
  type CreditFrame,
  creditFrame,
} from "./frames/consume.ts";
import { type HelloFrame, helloFrame } from "./frames/hello.ts";
import {
  type PingFrame,
  type SeenFrame,
  seenFrame,
  upPingFrame,
  upPongFrame,
} from "./frames/liveness.ts";
import { type ManageFrame, manageFrame } from "./frames/manage.ts";
import { type EnterFrame, enterFrame, type LeaveFrame, leaveFrame } from "./frames/presence.ts";
import { type PublishFrame, publishFrame } from "./frames/publish.ts";
import { PublishView } from "./frames/publish-view.ts";
import { type ReadFrame, readFrame } from "./frames/read.ts";
import { type SendFrame, sendFrame, type SendManyFrame, sendManyFrame } from "./frames/send.ts";
import { type SettleFrame, settleFrame } from "./frames/settle.ts";
import {
  type SubscribeFrame,
  subscribeFrame,
  type UnsubscribeFrame,
  unsubscribeFrame,
} from "./frames/subscribe.ts";
import { up } from "./opcode.ts";
import { type Frame, type FrameHead, readHead } from "./wire/frame.ts";
import type { Reader } from "./wire/reader.ts";

/** Any frame of a client. */
export type UpFrame =
  | HelloFrame
  | AuthFrame
  | SubscribeFrame
  | UnsubscribeFrame
  | PublishFrame
  | ReadFrame
  | PingFrame<typeof up.PONG>
  | PingFrame<typeof up.PING>
  | SeenFrame
  | EnterFrame
  | LeaveFrame
  | SendFrame
  | SendManyFrame
  | ConsumeFrame
  | CreditFrame
  | SettleFrame
  | CancelFrame
  | ManageFrame;

/** A frame with an opcode that the hub does not know; it can be refused, as it says which request it is. */
export interface UnknownFrame {
  readonly op: 0;
  readonly opcode: number;
  readonly id: number;
}

/** What a hub reads: PUBLISH as places in the bytes, the others as values. */
export type ReceivedFrame = Exclude<UpFrame, PublishFrame> | PublishView | UnknownFrame;

/** The description of each frame, by opcode. */
export const upFrames: readonly Frame<UpFrame>[] = [
  helloFrame,
  authFrame,
  subscribeFrame,
  unsubscribeFrame,
  publishFrame,
  readFrame,
  upPongFrame,
  upPingFrame,
  seenFrame,
  enterFrame,
  leaveFrame,
  sendFrame,
  sendManyFrame,
  consumeFrame,
  creditFrame,
  settleFrame,
  cancelFrame,
  manageFrame,
];

const byOpcode: (Frame<UpFrame> | undefined)[] = [];
for (const described of upFrames) byOpcode[described.op] = described;

/** Reads the frames of a batch one by one. One for each hub: it keeps the view of PUBLISH. */
export class UpReader {
  readonly #publish = new PublishView();
  readonly #head: FrameHead = { count: 0, op: 0 };

  /** The next frame; undefined when the bytes are no frame, and then `r.fault` says why. */
  next(r: Reader): ReceivedFrame | undefined {
    readHead(r, this.#head);
    const { op, count } = this.#head;
    const read =
      op === up.PUBLISH
        ? this.#readPublish(r, count)
        : ((byOpcode[op]?.read(r, count) ?? readUnknown(r, op, count)) as ReceivedFrame);
    return r.fault === "" ? read : undefined;
  }

  #readPublish(r: Reader, count: number): PublishView {
    this.#publish.read(r, count);
    return this.#publish;
  }
}

function readUnknown(r: Reader, opcode: number, count: number): UnknownFrame {
  const id = r.uint() || r.fail("not a frame");
  r.closeTuple(count, 2);
  return { op: 0, opcode, id };
}
