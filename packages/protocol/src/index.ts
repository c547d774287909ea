// The words that a hub and its clients share.

export {
  type CloseCode,
  type CloseName,
  closeCodes,
  closeName,
  closeVerdict,
} from "./close-code.ts";
export { type DownFrame, downFrames } from "./down.ts";
export {
  type ErrorCode,
  type ErrorName,
  errorCodes,
  errorName,
  type Fault,
  type Retry,
} from "./error-code.ts";
export { type AuthFrame, authFrame, type AuthOk, authOk } from "./frames/auth.ts";
export {
  type CaughtUpFrame,
  caughtUpFrame,
  type GapFrame,
  gapFrame,
  gapReason,
  type MarkFrame,
  markFrame,
} from "./frames/catch-up.ts";
export {
  type ActiveFrame,
  activeFrame,
  type CancelFrame,
  cancelFrame,
  type ConsumeFrame,
  consumeFrame,
  type ConsumeOk,
  consumeOk,
  type CreditFrame,
  creditFrame,
  type DeliveryFrame,
  deliveryFrame,
  type LostFrame,
  lostFrame,
  type StoppedFrame,
  stoppedFrame,
  writeDeliveryHead,
} from "./frames/consume.ts";
export {
  type HelloFrame,
  helloFrame,
  protocolVersion,
  type ResumeClaim,
  subprotocol,
  type WelcomeFrame,
  welcomeFrame,
} from "./frames/hello.ts";
export {
  downPingFrame,
  downPongFrame,
  type MovingFrame,
  movingFrame,
  type PingFrame,
  type SeenFrame,
  seenFrame,
  upPingFrame,
  upPongFrame,
} from "./frames/liveness.ts";
export {
  type ManageFrame,
  manageFrame,
  type ManageOk,
  manageOk,
  type ManageVerb,
} from "./frames/manage.ts";
export { type Meta, metaFault, metaMap, readMeta } from "./frames/meta.ts";
export { type EnterFrame, enterFrame, type LeaveFrame, leaveFrame } from "./frames/presence.ts";
export {
  type PatternPublicationFrame,
  patternPublicationFrame,
  type PublicationFrame,
  publicationFrame,
  readPatternPublication,
  readPublication,
  type Tail,
  writePatternPublicationHead,
  writePublicationHead,
  writeTailHead,
} from "./frames/publication.ts";
export {
  confirmLevel,
  encoding,
  type PublishFrame,
  publishFrame,
  type PublishOk,
  publishOk,
  writePublishOk,
} from "./frames/publish.ts";
export { PublishView } from "./frames/publish-view.ts";
export {
  type HistoryFrame,
  historyFrame,
  type ReadFrame,
  readFrame,
  type ReadOk,
  readOk,
  writeHistoryHead,
} from "./frames/read.ts";
export { type OkFrame, plainOk, type RefusedFrame, refusedFrame } from "./frames/reply.ts";
export {
  type JobContent,
  type SendFrame,
  sendFrame,
  type SendManyFrame,
  sendManyFrame,
  type SendManyOk,
  sendManyOk,
  type SendOk,
  sendOk,
  type SendOutcome,
} from "./frames/send.ts";
export {
  type SettleFrame,
  settleFrame,
  type Settlement,
  type SettleOk,
  settleOk,
  settleVerb,
} from "./frames/settle.ts";
export {
  type EndedFrame,
  endedFrame,
  type From,
  type Granted,
  type MarkPosition,
  type NotGranted,
  replay,
  type SubscribeEntry,
  type SubscribeFrame,
  subscribeFrame,
  type SubscribeOk,
  subscribeOk,
  type SubscribeOutcome,
  type TopicPosition,
  type UnsubscribeFrame,
  unsubscribeFrame,
} from "./frames/subscribe.ts";
export * as limits from "./limits.ts";
export { down, up } from "./opcode.ts";
export { decodeEach, decodePayload, encodeEach, encodePayload, PayloadError } from "./payload.ts";
export type { Position } from "./position.ts";
export { SeenPace } from "./seen.ts";
export { closeSentences, errorSentences } from "./sentences.ts";
export {
  codeLevel,
  covers,
  coversLevels,
  decodeLevel,
  hasWildcard,
  isHubOwned,
  isPattern,
  isTopic,
  type Pattern,
  patternFault,
  type Topic,
  topicFault,
} from "./topic.ts";
export { type ReceivedFrame, type UnknownFrame, type UpFrame, upFrames, UpReader } from "./up.ts";
export { writeMap } from "./wire/field.ts";
export { type Frame, type FrameHead, readHead } from "./wire/frame.ts";
export { eachMessage, headerBytes, writeHeader } from "./wire/message.ts";
export { decodeText, type EnvelopeFault, type EnvelopeValue, Reader } from "./wire/reader.ts";
export { utf8Length } from "./wire/utf8.ts";
export { Writer } from "./wire/writer.ts";
