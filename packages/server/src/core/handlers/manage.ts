// MANAGE: queues are declared, bound, held, emptied and looked at. The verbs that change which jobs there are stand in `manage-jobs.ts`.

import {
  encodePayload,
  type EnvelopeValue,
  limits,
  type ManageFrame,
  manageOk,
} from "@fanwire/protocol";
import type { LiveQueue } from "../jobs/live-queue.ts";
import { saidOf } from "../jobs/queues.ts";
import { settingsMap } from "../jobs/settings-map.ts";
import { type Parts, refuse } from "../parts.ts";
import { mayUseQueue } from "../policy.ts";
import { deadLetterFault } from "../queues/queue-name.ts";
import {
  deadLetterOf,
  differences,
  queueFeatures,
  type QueueSettings,
  told,
} from "../queues/queue-settings.ts";
import { limited, quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";
import type { Args, Managing, Result } from "./managing.ts";
import { onBind, onUnbind } from "./manage-bindings.ts";
import { onDelete, onLook, onPurge, onRedrive } from "./manage-jobs.ts";
import { queueFor, whyNoName } from "./send.ts";
import { whyTooOften } from "./too-often.ts";

/** What may stand in `args` of each verb; another key is refused. */
const ARGS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ["declare", null],
  ["delete", ["depth"]],
  ["bind", ["pattern", "from", "priority", "group"]],
  ["unbind", ["pattern"]],
  ["pause", []],
  ["resume", []],
  ["purge", ["depth"]],
  ["redrive", ["to", "max"]],
  ["look", ["state", "from", "limit", "payload"]],
  ["stats", []],
  ["list", ["after", "limit"]],
]);

export function onManage(parts: Parts, session: LiveSession, frame: ManageFrame): void {
  const { id, verb, queue: name } = frame;
  const managing = managingOf(parts, session, id, frame.args ?? new Map());
  const why = whyTooOften(parts, session, "MANAGE") ?? whyNotArgs(verb, managing.args);
  if (why !== undefined) return managing.refuse(why);
  if (verb === "list") return onList(managing);
  if (verb === "declare") return onDeclare(managing, name);
  const queue = queueFor(parts, session, "queue.manage", name);
  if ("text" in queue) return managing.refuse(queue);
  act(managing, verb, queue);
}

function act(managing: Managing, verb: string, queue: LiveQueue): void {
  switch (verb) {
    case "delete":
      return onDelete(managing, queue);
    case "bind":
      return onBind(managing, queue);
    case "unbind":
      return onUnbind(managing, queue);
    case "pause":
      return onPause(managing, queue, true);
    case "resume":
      return onPause(managing, queue, false);
    case "purge":
      return onPurge(managing, queue);
    case "redrive":
      return onRedrive(managing, queue);
    case "look":
      return onLook(managing, queue);
    default:
      return managing.ok(statsOf(managing.parts, queue), true);
  }
}

function managingOf(parts: Parts, session: LiveSession, id: number, args: Args): Managing {
  return {
    parts,
    session,
    id,
    args,
    ok: (result = null, isLong = false) => {
      const bytesMax = isLong ? limits.downMessageBytesMax : RESULT_BYTES;
      if (session.isHere) manageOk.write(parts.rounds.reply(session, bytesMax), { id, result });
    },
    refuse: (why) => {
      if (session.isHere) refuse(parts, session, id, why);
    },
  };
}

/** What an answer does not exceed that is not long. */
const RESULT_BYTES = 4096;

function whyNotArgs(verb: string, args: Args): Refusal | undefined {
  const known = ARGS.get(verb);
  if (known === undefined)
    return refusal(
      "unsupported",
      `Nothing ${quoted(verb)} can be done to a queue: there are ${[...ARGS.keys()].join(", ")}.`,
    );
  const unknown = known === null ? undefined : [...args.keys()].find((key) => !known.includes(key));
  return unknown === undefined
    ? undefined
    : refusal("bad-option", `${verb} takes no ${quoted(unknown)}.`);
}

/** Queues of one answer: with the longest names it is no longer than a message should be. */
const LIST_MAX = 400;

/** Those that the session may manage, by name, behind one. */
function onList({ parts, session, args, ok, refuse: no }: Managing): void {
  const after = args.get("after") ?? "";
  const limit = args.get("limit") ?? LIST_MAX;
  if (typeof after !== "string" || typeof limit !== "number" || limit < 1 || limit > LIST_MAX)
    return no(refusal("bad-option", `limit is 1 to ${LIST_MAX}, after the name of a queue.`));
  const result = new Map<string, EnvelopeValue>();
  const behind = [...parts.queues.all()].filter(({ name, isEnding }) => name > after && !isEnding);
  for (const { name, work } of behind.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (typeof mayUseQueue(parts, session, "queue.manage", name) !== "string") continue;
    result.set(name, work.depth);
    if (result.size === limit) break;
  }
  ok(result, true);
}

function onDeclare(managing: Managing, name: string): void {
  const { parts, session, args } = managing;
  const allowed = whyNoName(name) ?? mayUseQueue(parts, session, "queue.manage", name);
  if (typeof allowed !== "string") return managing.refuse(allowed);
  const lacking = lackOf(args.get("features"));
  if (lacking !== undefined) return managing.refuse(lacking);
  const queue = parts.queues.find(name);
  const said = saidOf(args, ["features", "alter"]);
  const settings = parts.queues.settingsOf(name, said, queue?.work.settings);
  if (typeof settings === "string") return managing.refuse(refusal("bad-option", settings));
  if (settings.durable && !parts.settings.isStored)
    return managing.refuse(
      refusal("unsupported", "This hub has no data directory: nothing in it can be durable."),
    );
  const fault = deadLetterFault(name, settings.deadLetter);
  if (fault !== undefined) return managing.refuse(refusal("bad-option", fault));
  const whyNotDead = whyNotDeadLetter(managing, name, said["deadLetter"]);
  if (whyNotDead !== undefined) return managing.refuse(whyNotDead);
  if (queue !== undefined) return declareAgain(managing, queue, settings);
  if (parts.queues.isEnding(name))
    return managing.refuse(
      refusal(
        "conflict",
        `The queue ${quoted(name)} is being deleted; declare it when that is done.`,
      ),
    );
  if (parts.queues.isFull)
    return managing.refuse(
      limited("queue-full", "queuesMax", "There are 10,000 queues, as many as may be."),
    );
  parts.queues.make(name, settings, (why) =>
    why === null
      ? managing.ok(new Map([["settings", settingsMap(settings)]]))
      : managing.refuse(why),
  );
}

/** Its dead jobs go there, so whoever declares it must be allowed to bring jobs there. */
function whyNotDeadLetter(
  { parts, session }: Managing,
  name: string,
  to: unknown,
): Refusal | undefined {
  if (typeof to !== "string" || to === deadLetterOf(name)) return undefined;
  const maySend = mayUseQueue(parts, session, "queue.send", to);
  if (typeof maySend === "string") return undefined;
  return typeof mayUseQueue(parts, session, "queue.manage", to) === "string" ? undefined : maySend;
}

function lackOf(features: EnvelopeValue | undefined): Refusal | undefined {
  if (features === undefined) return undefined;
  if (!Array.isArray(features)) return refusal("bad-option", "features is a list of names.");
  const lacking = (features as readonly EnvelopeValue[]).find(
    (feature) => typeof feature !== "string" || !queueFeatures.includes(feature),
  );
  return lacking === undefined
    ? undefined
    : refusal(
        "unsupported",
        `Queues of this hub do not have ${quoted(typeof lacking === "string" ? lacking : "?")}: they have ${queueFeatures.join(", ")}.`,
      );
}

function declareAgain(managing: Managing, queue: LiveQueue, wanted: QueueSettings): void {
  const { parts, args } = managing;
  const before = queue.work.settings;
  const all = differences(before, wanted);
  const answer = new Map<string, EnvelopeValue>([["settings", settingsMap(wanted)]]);
  if (all.length === 0) {
    if (queue.onDisk !== null) return managing.ok(answer);
    return queue.confirm((why) => (why === null ? managing.ok(answer) : managing.refuse(why)));
  }
  const fixed = all.find(({ key }) => key === "durable");
  if (args.get("alter") !== true || fixed !== undefined)
    return managing.refuse(
      refusal(
        "conflict",
        `The queue ${quoted(queue.name)} is declared otherwise: ${told(all)}.${fixed === undefined ? " Say alter to change it." : " durable cannot be changed."}`,
      ),
    );
  queue.work.configure(wanted);
  queue.changed();
  answer.set("changed", new Map(all.map(({ key, is }) => [key, is as EnvelopeValue])));
  parts.queues.write(queue, (why) => (why === null ? managing.ok(answer) : managing.refuse(why)));
}

function onPause({ parts, ok, refuse: no }: Managing, queue: LiveQueue, isPaused: boolean): void {
  queue.hold(isPaused);
  parts.queues.write(queue, (why) => (why === null ? ok() : no(why)));
}

/** The figures of a queue, in MessagePack: fractions do not stand in the envelope. */
function statsOf({ clock, bindings }: Parts, queue: LiveQueue): Result {
  const bound = Array.from(bindings.of(queue), ({ pattern, by, priority, group, dropped }) => {
    const entries: [string, EnvelopeValue][] = Object.entries({
      pattern,
      by,
      priority,
      group,
      dropped,
    });
    return new Map(entries);
  });
  return new Map<string, EnvelopeValue>([
    ["stats", encodePayload(queue.stats(clock.now))],
    ["bindings", bound],
  ]);
}
