// Batches, frame by frame.

import { readHead, Reader } from "@fanwire/protocol";

/** A frame: its bytes, and where it can be read. */
export interface OneFrame {
  readonly op: number;
  readonly bytes: Uint8Array;
}

/** The frames of one message. Bytes that are none are one frame with the opcode 0, for whoever gets them to judge. */
export function framesOf(message: Uint8Array): OneFrame[] {
  const frames: OneFrame[] = [];
  const r = new Reader().reset(message);
  while (r.left > 0) {
    const { at } = r;
    const value = r.value();
    if (r.fault !== "") return [{ op: 0, bytes: message }];
    const op = Array.isArray(value) ? (value[0] as number) : 0;
    frames.push({ op, bytes: message.subarray(at, r.at) });
  }
  return frames;
}

/** Reads a frame by its description; its bytes are known to be one of its kind. */
export function readAs<T>({ bytes }: OneFrame, read: (r: Reader, count: number) => T): T {
  const r = new Reader().reset(bytes);
  const head = { count: 0, op: 0 };
  readHead(r, head);
  return read(r, head.count);
}

/** Frames in one message. */
export function joined(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
