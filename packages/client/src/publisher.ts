// What the application publishes: waits for a link and for its turn, is sent, sent again where it is not sure that it happened, and answered.

import { type down, encodePayload, type up } from "@fanwire/protocol";
import { type Call, type CallOptions, newCall } from "./call.ts";
import type { Codec } from "./codec.ts";
import { pauseMs } from "./core/backoff.ts";
import { ClientError, hubError } from "./errors.ts";
import type { OkFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import { placeOf, type Position, position } from "./position.ts";
import type { Report } from "./report.ts";

const PUBLISH: typeof up.PUBLISH = 5;
const REFUSED: typeof down.REFUSED = 35;

/** Publications that wait for a link, at most. */
const outboxCountMax = 1000;

/** Bytes of their payloads, at most. */
const outboxBytesMax = 1_048_576;

/** Publications of a topic that are sent and not answered, at most: of so many the hub knows where they went. */
const windowMax = 64;

/** How sure it is that a publication stays: in the hub's memory, on its disk, in the logs of a majority of a cluster. */
export type Level = "received" | "disk" | "quorum";

/** How to publish. */
export interface PublishOptions extends CallOptions {
  /**
   * What is waited for: that the hub has it, or has it on disk. Default: what the topic gives. `none`: nothing; it is sent once, and resolves
   * when it is handed to the socket.
   */
  readonly confirm?: "received" | "disk" | "none" | undefined;
  /**
   * 1 to 64 characters that stand for it: within two minutes the hub takes one publication of the same subject with this `id`. For what the
   * application may publish again, as after a restart of its own; what this client sends again is known without.
   */
  readonly id?: string | undefined;
  /** It is refused as `conflict` unless that is the last publication of the topic, or of the key on topics with state. `null`: there is none. */
  readonly ifPosition?: Position | null | undefined;
  /** The state key: at most 128 bytes. */
  readonly key?: string | undefined;
  /** The key is deleted. */
  readonly del?: true | undefined;
  /** The key is deleted after so many milliseconds, unless it is set again. */
  readonly ttlMs?: number | undefined;
  /** At most 16. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What became of a publication. */
export interface Published {
  /** Undefined when the hub does not tell, and with `confirm: "none"`. */
  readonly position: Position | undefined;
  /** It had been published before: the position is that of the first time. */
  readonly duplicate: boolean;
  readonly level: Level | "none";
}

const levels: readonly Level[] = ["received", "disk", "quorum"];

/** Publications to one topic, of which some are not answered. */
interface Lane {
  /** The number of the last one. */
  last: number;
  /** How many are not settled. */
  open: number;
  /** None is sent before that; 0: it is not waited for. */
  restsUntil: number;
  /** How many may be sent and not answered. */
  window: number;
  /** Refusals since something was taken. */
  refusals: number;
  /** In the present pass: the lowest number that is not settled, how many are under way, and whether what follows has to wait. */
  base: number;
  flying: number;
  waits: boolean;
}

/** One publication, until it is answered. */
interface Publishing extends Call<Published> {
  payload: Uint8Array;
  lane: Lane;
  /** Its number; 0: it has none, or none yet. */
  n: number;
  /** It is under way. */
  isSent: boolean;
  readonly send: () => void;
}

type PublishOk = readonly [
  op: number,
  id: number,
  alias: number,
  epoch: number,
  offset: number | null,
  level: number,
  duplicate: boolean,
];

export interface Publisher {
  publish(topic: string, data: unknown, options: PublishOptions): Promise<Published>;
  /** What is not answered yet. */
  pending(): Call<Published>[];
}

/** Publishes for all topics of a client. */
export function openPublisher(link: Link, codec: Codec, report: Report): Publisher {
  /** What the hub knows this client's publications by, with their numbers. */
  const producer = 1 + Math.floor(link.chance * (Number.MAX_SAFE_INTEGER - 1));
  /** What stands for the names of topics on this link. */
  const aliases = new Map<string, number>();
  const lanes = new Map<string, Lane>();
  /** What is not settled, in the order in which it was published. */
  let calls: Publishing[] = [];
  /** The highest number that was given to a publication of any topic: one that was used is not used again, whatever is forgotten. */
  let highest = 0;
  /** The hub on this link knows no numbers. */
  let isOld = false;

  const pending = (): Publishing[] => (calls = calls.filter(({ isOpen }) => isOpen));

  function hasRoom(bytes: number): boolean {
    for (const { payload } of pending()) bytes += payload.length;
    return calls.length < outboxCountMax && bytes <= outboxBytesMax;
  }

  function laneOf(topic: string): Lane {
    let lane = lanes.get(topic);
    if (!lane) {
      lane = {
        last: highest,
        open: 0,
        restsUntil: 0,
        window: windowMax,
        refusals: 0,
        base: 0,
        flying: 0,
        waits: false,
      };
      lanes.set(topic, lane);
    }
    return lane;
  }

  /** The lowest number of the lane that is not settled. */
  const lowest = (lane: Lane): number | undefined =>
    pending().find((call) => call.lane === lane && call.n)?.n;

  const unknown = (cause?: ClientError): ClientError =>
    new ClientError("unknown-outcome", { retryable: true, cause });

  /** It waits for its turn. */
  function enter(topic: string, call: Publishing): void {
    const wake = call.wake.bind(call);
    const end = call.end.bind(call);
    const lane = (call.lane = laneOf(topic));
    lane.open++;
    call.end = (outcome) => {
      if (!call.isOpen) return;
      end(outcome);
      if (--lane.open === 0) lanes.delete(topic);
      // another may have its place
      link.soon();
    };
    call.wake = () => {
      const dueAt = wake();
      if (lane.restsUntil > link.now) return Math.min(dueAt, lane.restsUntil);
      if (lane.restsUntil) link.soon();
      lane.restsUntil = 0;
      return dueAt;
    };
    calls.push(call);
    link.soon();
  }

  link.cargo.push({
    /** Sends what may be sent, in order. */
    load() {
      for (const lane of lanes.values()) {
        lane.base = lane.flying = 0;
        lane.waits = link.now < lane.restsUntil;
      }
      for (const call of pending()) {
        const { lane, n, isSent, send } = call;
        lane.base ||= n;
        lane.waits ||= !isSent && lane.flying >= lane.window;
        if (!isSent && !lane.waits) send();
        if (call.isSent) lane.flying++;
      }
    },
    cut() {
      aliases.clear();
      isOld = false;
      // another link does not wait
      for (const lane of lanes.values()) lane.restsUntil = 0;
    },
    /** A refusal of what nobody waits for. A topic that is refused by its alias is sent by name from then on. */
    read(frame) {
      if (frame[0] !== REFUSED || frame[1] > 0) return;
      const [, , code, text, retryAfterMs, refused, count] = frame;
      let topic = typeof refused === "string" ? refused : undefined;
      for (const [name, alias] of aliases)
        if (alias === refused) {
          aliases.delete(name);
          topic = name;
        }
      const error = hubError(code, text, retryAfterMs);
      report({ kind: "refused", error, topic, count: count ?? undefined });
    },
  });

  return {
    publish(
      topic,
      data,
      { confirm, id, ifPosition, key, del, ttlMs: ttl, headers: h, ...callOptions },
    ) {
      const metaOrNone = { key, del, ttl, h };
      const meta = Object.values(metaOrNone).some((value) => value !== undefined)
        ? metaOrNone
        : null;
      const level = confirm && confirm !== "none" ? levels.indexOf(confirm) : undefined;
      const expected =
        ifPosition === null ? [0, 0] : ifPosition && placeOf(ifPosition, topic).after.get(topic);
      const isAsked = confirm !== "none";
      let alias: number | undefined;
      /** It is sent without a number, as the hub has refused it with one. */
      let isPlain = false;
      /** Sent again, it is known as the same. */
      let isSafe = false;
      /** It may have been published, as an answer was lost. */
      let isDoubtful = false;
      /** The lowest number that was not settled when it was sent. */
      let base = 0;

      function send(): void {
        const { payload, lane } = call;
        if (payload.length > link.limits.payloadBytesMax)
          return call.end(new ClientError("too-large"));
        let identity: unknown = id;
        if (id === undefined && isAsked && !isOld && !isPlain) {
          call.n ||= ++lane.last;
          highest = Math.max(highest, call.n);
          base = lane.base ||= call.n;
          identity = [producer, call.n, base];
        } else if (call.n) {
          if (isDoubtful) return call.end(unknown());
          call.n = 0;
        }
        isSafe = identity !== undefined;
        const given = { confirm: level, id: identity, if: expected };
        const options = isSafe || level !== undefined || expected ? given : null;
        alias = aliases.get(topic);
        const frame = [alias ?? topic, options, codec.encoding, meta, payload];
        link.ask(isAsked ? answered : undefined, PUBLISH, ...frame);
        call.isSent = true;
        // the turn's message leaves before that
        if (!isAsked)
          queueMicrotask(() => call.end({ position: undefined, duplicate: false, level: "none" }));
      }

      function answered(told: OkFrame | ClientError): void {
        const { lane } = call;
        call.isSent = false;
        link.soon();
        if (told instanceof ClientError) return call.isOpen ? refused(told) : undefined;
        const [, , given, epoch, offset, stored, duplicate] = told as unknown as PublishOk;
        aliases.set(topic, given);
        lane.refusals = 0;
        lane.window = Math.min(lane.window * 2, windowMax);
        call.end({
          position: offset === null ? undefined : position([epoch, offset]),
          duplicate,
          level: levels[stored] ?? "received",
        });
      }

      /** Ends it, unless it is to be sent again. */
      function refused(error: ClientError): void {
        const { code, retryable, retryAfterMs } = error;
        const { lane } = call;
        if (!link.isLive()) {
          isDoubtful = true;
          if (!isSafe) call.end(error);
        } else if (code === "unknown-alias" && alias !== undefined) aliases.delete(topic);
        else if (code === "unsupported" && call.n && !isPlain) {
          // an option that it does not know; or it cannot give the level, which it says again then
          isPlain = true;
          isOld ||= confirm !== "disk";
        } else if (!retryable || !isSafe || code === "unknown-alias") call.end(error);
        else {
          call.cause = error;
          isDoubtful ||= code === "unknown-outcome" || code === "timeout";
          // what it had to wait for has been settled since
          if (code === "out-of-order" && base !== lowest(lane)) return;
          const rests = lane.restsUntil > link.now;
          if (!rests) lane.refusals++;
          const ms = retryAfterMs ?? (rests ? 0 : pauseMs(link.chance, lane.refusals));
          lane.restsUntil = Math.max(lane.restsUntil, link.now + ms);
          // one shows whether the others are taken again
          lane.window = 1;
          link.use(call, lane.restsUntil);
        }
      }

      const call = newCall<Published>(link, callOptions) as Publishing;
      const over = call.over.bind(call);
      call.over = (cause) => {
        if (isDoubtful) call.end(unknown(cause));
        else over(cause);
      };
      try {
        const payload = codec.encode(data);
        encodePayload(meta); // what cannot be written is told now, and not in the middle of a batch
        if (link.isLive() || hasRoom(payload.length)) {
          if (call.isOpen)
            enter(topic, Object.assign(call, { payload, n: 0, isSent: false, send }));
        } else call.end(new ClientError("outbox-full", { retryable: true }));
      } catch (cause) {
        call.end(new ClientError("unencodable", { cause }));
      }
      return call.promise;
    },
    pending,
  };
}
