// What a topic keeps, read page by page.

import type { limits } from "@fanwire/protocol";
import { type CallOptions, newCall } from "./call.ts";
import type { Codec } from "./codec.ts";
import { ClientError } from "./errors.ts";
import type { Frame, OkFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import { HISTORY, READ } from "./opcodes.ts";
import { type At, type From, placeOf } from "./position.ts";
import { type Publication, readPublication } from "./publication.ts";
import type { Report } from "./report.ts";

/** Publications of one page, at most. */
const pageMax: typeof limits.readCountMax = 1000;

/** How to read what a topic keeps. */
export interface HistoryOptions extends CallOptions {
  /**
   * Where to begin: behind a position, or backwards before it; with the first that is kept; with the last so many; or with now, which is
   * for reading backwards. Default: the first that is kept, or backwards the last.
   */
  readonly from?: From | undefined;
  /** How many, at most. Default: all that there are when the reading begins. */
  readonly limit?: number | undefined;
  /** From new to old. */
  readonly backwards?: boolean | undefined;
}

type ReadOk = readonly [op: number, id: number, epoch: number, next: number | null, head: number];

interface Page {
  readonly entries: readonly Frame[];
  readonly ok: ReadOk;
}

export type History = (topic: string, options?: HistoryOptions) => AsyncGenerator<Publication>;

/** Reads for all topics of a client. */
export function openHistory(link: Link, codec: Codec, report: Report): History {
  /** Who gets the entries, by the number of the READ. */
  const pages = new Map<number, (frame: Frame) => void>();
  let waiting: (() => void)[] = [];

  link.cargo.push({
    load() {
      for (const send of waiting.splice(0)) send();
    },
    read(frame) {
      if (frame[0] === HISTORY) pages.get(frame[1])?.(frame);
    },
  });

  function read(
    topic: string,
    from: At | null,
    limit: number,
    backwards: boolean,
    options: CallOptions,
  ): Promise<Page> {
    const call = newCall<Page>(link, options);
    function send(): void {
      if (!call.isOpen) return;
      const entries: Frame[] = [];
      const id = link.ask(answered, READ, topic, from, limit, backwards);
      // while entries come it is waited for
      pages.set(id, (frame) => {
        entries.push(frame);
        call.renew();
      });
      function answered(told: OkFrame | ClientError): void {
        pages.delete(id);
        if (!(told instanceof ClientError)) call.end({ entries, ok: told as unknown as ReadOk });
        // reading twice does no harm
        else if (told.code === "unknown-outcome") wait(send);
        else call.end(told);
      }
    }
    wait(send);
    return call.promise;
  }

  function wait(send: () => void): void {
    waiting = [...waiting, send];
    link.soon();
  }

  return async function* history(topic, options = {}) {
    const { backwards = false, from = backwards ? "now" : "start" } = options;
    let { limit: left = Infinity } = options;
    let at: At | null = null;
    let end = Infinity;
    if (from === (backwards ? "start" : "now")) return;
    if (typeof from === "object")
      if (backwards) left = Math.min(left, from.last);
      else {
        const [, , epoch, , head] = (await read(topic, null, 0, false, options)).ok;
        at = [epoch, Math.max(head - from.last, 0) + 1];
        if (at[1] > head) return;
      }
    else if (from !== "start" && from !== "now") {
      const [epoch, offset] = placeOf(from, topic).at!;
      at = [epoch, offset + (backwards ? -1 : 1)];
      if (at[1] < 1) return;
    }
    while (left > 0) {
      // oxlint-disable-next-line no-await-in-loop -- page by page
      const { entries, ok } = await read(topic, at, Math.min(left, pageMax), backwards, options);
      const [, , epoch, next, head] = ok;
      for (const entry of entries) {
        const found: At = [epoch, entry[2] as number];
        const publication = readPublication(codec, report, topic, found, entry, 3, true);
        if (publication) yield publication;
      }
      left -= entries.length;
      // what is published meanwhile is not chased after
      end = Math.min(end, head);
      if (!next || (!backwards && next > end)) return;
      at = [epoch, next];
    }
  };
}
