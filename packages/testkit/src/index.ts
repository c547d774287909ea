// What tests of several packages share: frames, chance, and what simulated worlds tell. It knows the protocol and nothing else of ours.

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
export {
  catchInto,
  type Fault,
  FaultError,
  type FaultKind,
  type Life,
  type Live,
} from "./world.ts";
