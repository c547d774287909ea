// What both directions of the payload codec throw.

/** Why bytes are not a payload, or a value cannot become one. Closed. */
export type PayloadReason =
  /** A value, or the length that it declares, goes beyond the last byte. */
  | "truncated"
  /** Something follows the one value. */
  | "trailing bytes"
  /** The byte 0xc1, which MessagePack never uses. */
  | "reserved byte"
  /** A str is not UTF-8. */
  | "invalid UTF-8"
  /** A map has a key that is neither str nor integer. */
  | "invalid key"
  /** An extension is not the timestamp; the message names its type. */
  | "unknown extension"
  /** A Date is invalid, or a timestamp is malformed or beyond what a Date can hold. */
  | "invalid time"
  /** A bigint fits into neither int64 nor uint64. */
  | "integer out of range"
  /** A function or a symbol has no form in MessagePack; the message names which it is. */
  | "unsupported type"
  /** More than 32 arrays and maps are inside each other, as in a cycle. */
  | "too deep";

/** Thrown by `encodePayload` and `decodePayload`. `reason` is for programs, `message` a sentence for people. */
export class PayloadError extends Error {
  // written out, as minifiers rename classes
  override readonly name = "PayloadError";
  readonly reason: PayloadReason;

  constructor(reason: PayloadReason, detail = "") {
    super(`This cannot be a payload: ${reason}${detail}.`);
    this.reason = reason;
  }
}
