// What the application publishes: waits for a link and for its turn, is sent, sent again where it is not sure that it happened, and answered.

import { encodePayload } from "@fanwire/protocol";
import { type Call, type CallOptions, newCall } from "./call.ts";
import type { Codec } from "./codec.ts";
import { pauseMs } from "./core/backoff.ts";
import { ClientError, hubError } from "./errors.ts";
import type { OkFrame } from "./frames.ts";
import { Line, lowest, openLanes, type Turn, windowMax } from "./lanes.ts";
import type { Link } from "./link.ts";
import { PUBLISH, REFUSED } from "./opcodes.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";
import { placeOf, type Position, position } from "./position.ts";
import type { Report } from "./report.ts";

/** How sure it is that a publication stays: in the hub's memory, on its disk, in the logs of a majority of a cluster. */
export type Level = "received" | "disk" | "quorum";

/** How to publish. */
export interface PublishOptions extends CallOptions {
  /**
   * What is waited for: that the hub has it, has it on disk, or in the logs of a majority of its cluster. Default: what the topic gives; more
   * than it can give is refused as `unsupported`. `none`: nothing; it is sent once, and resolves when it is handed to the socket.
   */
  readonly confirm?: Level | "none" | undefined;
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
  /**
   * Without a live link it waits for one (default), or is refused as `unreachable` at once; then a link that is lost before the answer ends
   * it too, as `unreachable` or, if it was sent, as `unknown-outcome`.
   */
  readonly offline?: "queue" | "fail" | undefined;
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

/** One publication, until it is answered. */
interface Publishing extends Call<Published>, Turn {
  /** It does not outlive the link. */
  isBrief: boolean;
  /** It was not answered, and will not be. */
  readonly fail: (cause: ClientError) => void;
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
  readonly pending: Line<Publishing>;
}

/** Publishes for all topics of a client. `wallNow`: milliseconds since 1970. */
export function openPublisher(
  link: Link,
  codec: Codec,
  report: Report,
  outbox: Outbox,
  wallNow: () => number,
): Publisher {
  let { store } = outbox;
  /** What the hub knows this client's publications by, with their numbers. */
  const producer = 1 + Math.floor(link.chance * (Number.MAX_SAFE_INTEGER - 1));
  /** What stands for the names of topics on this link. */
  const aliases = new Map<string, number>();
  const lanes = openLanes(link, producer);
  /** What is not settled, of all lanes. */
  const pending = new Line<Publishing>();
  /** When the last one was published. */
  let seq = 0;
  /** The hub on this link knows no numbers. */
  let isOld = false;
  /** What earlier clients left is known: it goes first. */
  let isReady = !store;

  const retryable = (
    code: "outbox-full" | "unreachable" | "unknown-outcome",
    cause?: ClientError,
  ): ClientError => new ClientError(code, { retryable: true, cause });

  const failed = (cause: unknown): void =>
    report({ kind: "outbox", error: new ClientError("outbox-failed", { cause }) });

  /** Room for so many bytes more. */
  function hasRoom(bytes: number): boolean {
    const isFull = (): boolean =>
      pending.open >= outbox.count || pending.bytes + bytes > outbox.bytes;
    if (bytes <= outbox.bytes && outbox.onFull === "drop-oldest")
      for (const oldest of pending) {
        if (!isFull()) break;
        oldest.fail(retryable("outbox-full"));
      }
    return !isFull();
  }

  /** What nobody waits for any more. */
  function drop(entry: OutboxEntry, error?: ClientError): void {
    store?.remove(entry).catch(failed);
    if (error) report({ kind: "refused", error, topic: entry.topic });
  }

  /** It waits for its turn. `isAsked`: and for its answer. `isKept`: an earlier client has left it. */
  function enter(call: Publishing, entry: OutboxEntry, isAsked: boolean, isKept: boolean): void {
    const { topic, options: asked, encoding, meta, payload } = entry;
    const lane = lanes.of(entry.producer, topic);
    const isStored = store && isAsked && !call.isBrief;
    let alias: number | undefined;
    /** It is sent without a number, as the hub has refused it with one. */
    let isPlain = false;
    /** Sent again, it is known as the same. */
    let isSafe = false;
    /** It may have been published, as an answer was lost. */
    let isDoubtful = isKept;
    /** The client is closed, and the next may send it. */
    let isLeft = false;
    /** The lowest number that was not settled when it was sent. */
    let base = 0;

    function send(): void {
      if (payload.length > link.limits.payloadBytesMax)
        return call.end(new ClientError("too-large"));
      let identity: unknown = asked.id;
      if (!identity && isAsked && !isOld && !isPlain) {
        call.n ||= lanes.next(lane);
        base = lane.base ||= call.n;
        identity = [entry.producer, call.n, base];
      } else if (call.n) {
        if (isDoubtful) return call.end(retryable("unknown-outcome"));
        call.n = 0;
      }
      isSafe = identity !== undefined;
      const options = { ...asked, id: identity };
      const isGiven = Object.values(options).some((value) => value !== undefined);
      alias = aliases.get(topic);
      const frame = [alias ?? topic, isGiven ? options : null, encoding, meta, payload];
      link.ask(isAsked ? answered : undefined, PUBLISH, ...frame);
      call.isSent = true;
      // the turn's message leaves before that
      if (!isAsked)
        queueMicrotask(() => call.end({ position: undefined, duplicate: false, level: "none" }));
    }

    function answered(told: OkFrame | ClientError): void {
      call.isSent = false;
      lanes.touch(lane);
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
      const { code, retryAfterMs } = error;
      if (!link.isLive()) {
        isDoubtful = true;
        if (!isSafe) call.end(error);
      } else if (code === "unknown-alias" && alias !== undefined) aliases.delete(topic);
      else if (code === "unsupported" && call.n && !isPlain && !isKept) {
        // an option that it does not know; or it cannot give the level, which it says again then
        isPlain = true;
        isOld ||= !asked.confirm;
      } else if (!error.retryable || !isSafe || code === "unknown-alias") call.end(error);
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

    const wake = call.wake.bind(call);
    const end = call.end.bind(call);
    Object.assign(call, {
      entry,
      n: entry.n,
      isSent: false,
      isKept: !isStored || isKept,
      send,
      fail: (cause: ClientError) =>
        call.end(isDoubtful ? retryable("unknown-outcome", cause) : cause),
      over(cause = new ClientError("closed")) {
        isLeft = true;
        call.fail(cause);
      },
      end(outcome: Published | ClientError) {
        if (!call.isOpen) return;
        end(outcome);
        pending.leave(call);
        lanes.leave(lane, call);
        if (isStored && !isLeft)
          drop(entry, isKept && outcome instanceof ClientError ? outcome : undefined);
      },
      wake() {
        const dueAt = wake();
        if (lane.restsUntil > link.now) return Math.min(dueAt, lane.restsUntil);
        if (lane.restsUntil) lanes.touch(lane);
        lane.restsUntil = 0;
        return dueAt;
      },
    });
    pending.push(call);
    lane.line.push(call);
    lanes.touch(lane);
    if (isStored && !isKept)
      void store!
        .put(entry)
        .catch(failed)
        .finally(() => {
          call.isKept = true;
          lanes.touch(lane);
        });
  }

  /** What an earlier client could not send. */
  function restore(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) {
      const timeoutMs = entry.until - wallNow();
      if (timeoutMs > 0) {
        const call = newCall<Published>(link, { timeoutMs }) as Publishing;
        call.promise.catch(() => {}); // it is told where it is dropped
        if (call.isOpen) enter(call, entry, true, true);
      } else drop(entry, new ClientError("timeout"));
    }
    pending.sort();
  }

  link.cargo.push({
    /** Sends what may be sent, in order. */
    load() {
      if (!isReady) return;
      // what ends instead of being sent makes room for another
      for (let turns = lanes.take(); turns[0]; turns = lanes.take())
        for (const { send } of turns) send();
    },
    cut(cause) {
      aliases.clear();
      isOld = false;
      lanes.renew();
      for (const call of pending)
        if (call.isBrief)
          call.end(retryable(call.isSent ? "unknown-outcome" : "unreachable", cause));
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

  void store
    ?.open(producer, restore)
    .catch((cause: unknown) => {
      store = undefined;
      failed(cause);
    })
    .finally(() => {
      isReady = true;
      link.soon();
    });

  return {
    publish(
      topic,
      data,
      {
        confirm,
        id,
        ifPosition,
        key,
        del,
        ttlMs: ttl,
        headers: h,
        offline,
        timeoutMs = outbox.ttlMs,
        signal,
      },
    ) {
      const metaOrNone = { key, del, ttl, h };
      const meta = Object.values(metaOrNone).some((value) => value !== undefined)
        ? metaOrNone
        : null;
      const isAsked = confirm !== "none";
      const level = confirm && isAsked ? levels.indexOf(confirm) : undefined;
      const expected = ifPosition === null ? [0, 0] : ifPosition && placeOf(ifPosition, topic).at;
      const isBrief = offline === "fail";
      const call = newCall<Published>(link, { timeoutMs, signal }) as Publishing;
      call.isBrief = isBrief;
      try {
        const payload = codec.encode(data);
        encodePayload(meta); // what cannot be written is told now, and not in the middle of a batch
        const isLive = link.isLive();
        if (!isLive && isBrief) call.end(retryable("unreachable"));
        else if (!isLive && !hasRoom(payload.length)) call.end(retryable("outbox-full"));
        else if (call.isOpen) {
          const isNumbered = store && isAsked && !isBrief && id === undefined;
          const entry = {
            producer,
            seq: (seq = Math.max(seq + 1 / 1024, wallNow())),
            n: isNumbered ? lanes.next(lanes.of(producer, topic)) : 0,
            topic,
            options: { confirm: level, id, if: expected },
            encoding: codec.encoding,
            meta,
            payload,
            until: wallNow() + timeoutMs,
          };
          enter(call, entry as OutboxEntry, isAsked, false);
        }
      } catch (cause) {
        call.end(new ClientError("unencodable", { cause }));
      }
      return call.promise;
    },
    pending,
  };
}
