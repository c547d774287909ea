// The built-in codec of payloads whose encoding is MessagePack (SPEC.md, F14).

export { decodePayload } from "./payload/decode.ts";
export { encodePayload } from "./payload/encode.ts";
export { PayloadError, type PayloadReason } from "./payload/error.ts";
