// Jobs on their way into a queue.

import { up } from "../opcode.ts";
import { bin, bool, type Field, id, list, map, orNil, text, tuple, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue } from "../wire/reader.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** A job as it is sent. */
export interface JobContent {
  /**
   * `id` (str, 1–64 bytes: a second job of the same id is none), `priority` (0–9, 4 unless said), `delayMs` or `at` (ms since 1970; at most a
   * year ahead), `group` (str, 1–128 bytes). Another key is refused.
   */
  readonly options: ReadonlyMap<string, EnvelopeValue> | null;
  /** See `encoding` of PUBLISH. */
  readonly encoding: number;
  /** `h` and `ttl` as in PUBLISH; the others are refused. */
  readonly meta: ReadonlyMap<string, EnvelopeValue> | null;
  /** A view of the received bytes: copy it before keeping it. */
  readonly payload: Uint8Array;
}

/** One job for a queue. */
export interface SendFrame extends JobContent {
  readonly op: typeof up.SEND;
  readonly id: number;
  readonly queue: string;
}

/** Describes {@link SendFrame}. */
export const sendFrame: Frame<SendFrame> = frame<SendFrame>(up.SEND, "SEND", {
  id,
  queue: text,
  options: orNil(map),
  encoding: uint,
  meta: orNil(map),
  payload: bin,
});

/** The OK of SEND. */
export interface SendOk extends OkFrame {
  /** The job's number in its queue. */
  readonly seq: number;
  /** The queue had it already. */
  readonly duplicate: boolean;
}

/** Describes {@link SendOk}. */
export const sendOk: Frame<SendOk> = okFrame<SendOk>("SEND", { seq: uint, duplicate: bool });

/** Several jobs for one queue. */
export interface SendManyFrame {
  readonly op: typeof up.SEND_MANY;
  readonly id: number;
  readonly queue: string;
  readonly jobs: readonly JobContent[];
}

/** Four elements a job, one after the other: an array for each would be one too deep for headers. */
const jobs: Field<readonly JobContent[]> = {
  shape: "[options:map|nil,encoding:uint,meta:map|nil,payload:bin,…]",
  read(r) {
    const count = r.array();
    if (count % 4 !== 0) r.fail("too few elements");
    const contents: JobContent[] = [];
    for (let i = 0; i < count && r.fault === ""; i += 4)
      contents.push({
        options: r.nil() ? null : r.entries(),
        encoding: r.uint(),
        meta: r.nil() ? null : r.entries(),
        payload: r.bin(),
      });
    r.close();
    return contents;
  },
  write(w, contents) {
    w.array(contents.length * 4);
    for (const { options, encoding, meta, payload } of contents) {
      optionalMap.write(w, options);
      w.uint(encoding);
      optionalMap.write(w, meta);
      w.bin(payload);
    }
  },
};

const optionalMap = orNil(map);

/** Describes {@link SendManyFrame}. */
export const sendManyFrame: Frame<SendManyFrame> = frame<SendManyFrame>(up.SEND_MANY, "SEND_MANY", {
  id,
  queue: text,
  jobs,
});

/** What became of one job of a SEND_MANY. */
export interface SendOutcome {
  /** 0 when it was refused. */
  readonly seq: number;
  readonly duplicate: boolean;
  /** Why it was refused; null when it was not. */
  readonly code: number | null;
  readonly text: string | null;
}

/** The OK of SEND_MANY: an outcome for each job, in their order. */
export interface SendManyOk extends OkFrame {
  readonly outcomes: readonly SendOutcome[];
}

/** Describes {@link SendManyOk}. */
export const sendManyOk: Frame<SendManyOk> = okFrame<SendManyOk>("SEND_MANY", {
  outcomes: list(
    tuple<SendOutcome>({ seq: uint, duplicate: bool, code: orNil(uint), text: orNil(text) }),
  ),
});
