// PUBLISH as the hub reads it: places in the received bytes instead of values, in one object that is used again. It says the
// same as `publishFrame`, which a test holds it against.

import { up } from "../opcode.ts";
import type { EnvelopeValue, Reader } from "../wire/reader.ts";

/** Good until the next frame is read. */
export class PublishView {
  readonly op: typeof up.PUBLISH = up.PUBLISH;
  id = 0;
  /** −1 when the topic is given by name. */
  alias = -1;
  topicFrom = 0;
  topicTo = 0;
  options: ReadonlyMap<string, EnvelopeValue> | null = null;
  encoding = 0;
  meta: ReadonlyMap<string, EnvelopeValue> | null = null;
  payloadFrom = 0;
  payloadTo = 0;

  read(r: Reader, count: number): void {
    this.id = r.uint();
    if (r.isText) {
      this.alias = -1;
      const length = r.textLength();
      this.topicFrom = r.at;
      this.topicTo = r.at += length;
    } else this.alias = r.uint();
    this.options = r.nil() ? null : r.entries();
    this.encoding = r.uint();
    this.meta = r.nil() ? null : r.entries();
    const length = r.binLength();
    this.payloadFrom = r.at;
    this.payloadTo = r.at += length;
    r.closeTuple(count, 7);
  }
}
