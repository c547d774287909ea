// Control frames of a server (RFC 6455, section 5.5).

const FINAL_CLOSE = 0x88;
const FINAL_PONG = 0x8a;

/** The payload of a control frame has at most 125 bytes, and the code of a close takes two of them. */
const REASON_BYTES_MAX = 123;

/** A close frame with a code and a reason, which is cut where it is too long. */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(shortened(reason));
  const frame = Buffer.allocUnsafe(4 + text.length);
  frame[0] = FINAL_CLOSE;
  frame[1] = 2 + text.length;
  frame.writeUInt16BE(code, 2);
  frame.set(text, 4);
  return frame;
}

/** A pong with the payload of its ping. */
export function pongFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.length);
  frame[0] = FINAL_PONG;
  frame[1] = payload.length;
  frame.set(payload, 2);
  return frame;
}

/** A reason that fits a close frame, with an ellipsis where it was cut. */
export function shortened(reason: string): string {
  if (Buffer.byteLength(reason) <= REASON_BYTES_MAX) return reason;
  return Buffer.from(reason)
    .subarray(0, REASON_BYTES_MAX - 3)
    .toString("utf8")
    .replace(/\uFFFD*$/u, "…");
}
