// What the application publishes: waits for a link, is sent, is answered.

import { type down, encodePayload, type up } from "@fanwire/protocol";
import { type Call, type CallOptions, newCall } from "./call.ts";
import type { Codec } from "./codec.ts";
import { ClientError, hubError } from "./errors.ts";
import type { OkFrame } from "./frames.ts";
import type { Link } from "./link.ts";
import { type Position, position } from "./position.ts";
import type { Report } from "./report.ts";

const PUBLISH: typeof up.PUBLISH = 5;
const REFUSED: typeof down.REFUSED = 35;

/** Publications that wait for a link, at most. */
const outboxCountMax = 1000;

/** Bytes of their payloads, at most. */
const outboxBytesMax = 1_048_576;

/** How sure it is that a publication stays: in the hub's memory, on its disk, in the logs of a majority of a cluster. */
export type Level = "received" | "disk" | "quorum";

/** How to publish. */
export interface PublishOptions extends CallOptions {
  /** What is waited for. Default: what the topic gives. `none`: nothing; it resolves when the publication is handed to the socket. */
  readonly confirm?: "received" | "none" | undefined;
  /** The state key: at most 128 bytes. */
  readonly key?: string | undefined;
  /** At most 16. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What became of a publication. */
export interface Published {
  /** Undefined when the hub does not tell, and with `confirm: "none"`. */
  readonly position: Position | undefined;
  /** It had been published before. */
  readonly duplicate: boolean;
  readonly level: Level | "none";
}

const levels: readonly Level[] = ["received", "disk", "quorum"];

/** One publication, until it is answered. */
interface Publishing extends Call<Published> {
  payload: Uint8Array;
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
  /** What stands for the names of topics on this link. */
  const aliases = new Map<string, number>();
  let outbox: Publishing[] = [];

  function hasRoom(bytes: number): boolean {
    outbox = outbox.filter(({ isOpen }) => isOpen);
    for (const { payload } of outbox) bytes += payload.length;
    return outbox.length < outboxCountMax && bytes <= outboxBytesMax;
  }

  /** It is sent as soon as there is a link. */
  function wait(call: Publishing): void {
    outbox.push(call);
    link.soon();
  }

  link.cargo.push({
    load() {
      for (const { isOpen, send } of outbox.splice(0)) if (isOpen) send();
    },
    cut: () => aliases.clear(),
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
    publish(topic, data, { confirm, key, headers, ...options }) {
      const meta = key === undefined && !headers ? null : { key, h: headers };
      const level = confirm === "received" ? { confirm: 0 } : null;
      const isAsked = confirm !== "none";
      let alias: number | undefined;

      function send(): void {
        const { payload } = call;
        if (payload.length > link.limits.payloadBytesMax)
          return call.end(new ClientError("too-large"));
        alias = aliases.get(topic);
        const frame = [alias ?? topic, level, codec.encoding, meta, payload];
        link.ask(isAsked ? answered : undefined, PUBLISH, ...frame);
        // the turn's message leaves before that
        if (!isAsked)
          queueMicrotask(() => call.end({ position: undefined, duplicate: false, level: "none" }));
      }

      function answered(told: OkFrame | ClientError): void {
        if (told instanceof ClientError) {
          if (alias === undefined || told.code !== "unknown-alias") return call.end(told);
          aliases.delete(topic);
          return wait(call);
        }
        const [, , given, epoch, offset, stored, duplicate] = told as unknown as PublishOk;
        aliases.set(topic, given);
        call.end({
          position: offset === null ? undefined : position([epoch, offset]),
          duplicate,
          level: levels[stored] ?? "received",
        });
      }

      const call = Object.assign(newCall<Published>(link, options), { send }) as Publishing;
      try {
        call.payload = codec.encode(data);
        encodePayload(meta); // what cannot be written is told now, and not in the middle of a batch
        if (link.isLive() || hasRoom(call.payload.length)) wait(call);
        else call.end(new ClientError("outbox-full", { retryable: true }));
      } catch (cause) {
        call.end(new ClientError("unencodable", { cause }));
      }
      return call.promise;
    },
    pending: () => [...link.users].filter((user) => "send" in user) as Publishing[],
  };
}
