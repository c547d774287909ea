// What tests of several packages share. It knows the protocol and nothing else of ours.

export {
  batch,
  bytesOf,
  client,
  framesOf,
  hex,
  messagesOf,
  toHex,
  type WireFrame,
} from "./frames.ts";
export { SeededRandom } from "./random.ts";
