// The built-in codec of payloads whose encoding is MessagePack (SPEC.md, F14).

export { decodeEach, decodePayload } from "./payload/decode.ts";
export { encodeEach, encodePayload } from "./payload/encode.ts";
export { PayloadError, type PayloadReason } from "./payload/error.ts";
