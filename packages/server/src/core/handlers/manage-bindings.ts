// MANAGE `bind` and `unbind`: a queue gets the publications of topics as jobs.

import {
  type EnvelopeValue,
  hasWildcard,
  isPattern,
  limits,
  patternFault,
  utf8Length,
} from "@fanwire/protocol";
import { BackFill } from "../jobs/back-fill.ts";
import type { Binding } from "../jobs/bindings.ts";
import type { LiveQueue } from "../jobs/live-queue.ts";
import { maySubscribe } from "../policy.ts";
import { limited, quoted, refusal, type Refusal } from "../refusal.ts";
import type { Managing } from "./managing.ts";

/** Bindings of one queue. */
const BINDINGS_MAX = 64;

export function onBind(managing: Managing, queue: LiveQueue): void {
  const { parts, session, args } = managing;
  const asked = readBinding(managing, queue);
  if ("text" in asked) return managing.refuse(asked);
  const { bindings, topics } = parts;
  const told = (why: Refusal | null): void => (why === null ? managing.ok() : managing.refuse(why));
  const before = [...bindings.of(queue)];
  const known = before.find(({ pattern }) => pattern === asked.pattern);
  if (known !== undefined) return bindAgain(managing, known, asked, told);
  if (before.length >= BINDINGS_MAX)
    return managing.refuse(
      limited("too-many-patterns", "bindingsMax", `A queue has at most ${BINDINGS_MAX} bindings.`),
    );
  const from = args.get("from") ?? null;
  const why = whyNotFrom(from, asked.pattern);
  if (why !== undefined) return managing.refuse(why);
  const upTo = topics.lsns.last;
  const binding = bindings.add({ ...asked, queue, by: session.publisher, upTo }, told);
  if (from === null || from === 0) bindings.keep(binding);
  else parts.chores.begin(new BackFill(parts, binding, from));
}

function bindAgain(
  { refuse }: Managing,
  known: Binding,
  { priority, group }: Asked,
  told: (why: Refusal | null) => void,
): void {
  if (known.isEnding)
    return refuse(refusal("conflict", "The binding is being taken away; bind when that is done."));
  if (known.priority !== priority || known.group !== group)
    return refuse(
      refusal(
        "conflict",
        `${quoted(known.pattern)} is bound with priority ${known.priority} and ${known.group === null ? "no group" : `the group ${quoted(known.group)}`}; unbind it first.`,
      ),
    );
  if (known.waiting === null) told(null);
  else known.waiting.push(told);
}

export function onUnbind(managing: Managing, queue: LiveQueue): void {
  const { parts, args } = managing;
  const pattern = args.get("pattern");
  const binding = [...parts.bindings.of(queue)].find((other) => other.pattern === pattern);
  if (binding === undefined) return managing.ok();
  parts.bindings.remove(binding, (why) => (why === null ? managing.ok() : managing.refuse(why)));
}

type Asked = Pick<Binding, "pattern" | "priority" | "group">;

function readBinding({ parts, session, args }: Managing, queue: LiveQueue): Asked | Refusal {
  const pattern = args.get("pattern");
  if (typeof pattern !== "string" || !isPattern(pattern))
    return refusal(
      "bad-pattern",
      `pattern must be a topic or pattern${typeof pattern === "string" ? `: ${patternFault(pattern)}` : ""}.`,
    );
  const allowed = maySubscribe(parts, session, pattern);
  if (typeof allowed !== "string") return allowed;
  if (pattern.startsWith("$queue.") || pattern.startsWith("$job."))
    return refusal(
      "forbidden",
      `What happens in queues is told there: ${quoted(queue.name)} would feed itself.`,
    );
  const priority = args.get("priority") ?? limits.jobPriorityDefault;
  if (typeof priority !== "number" || priority < 0 || priority > limits.jobPriorityMax)
    return refusal("bad-option", `priority must be 0 to ${limits.jobPriorityMax}.`);
  const group = args.get("group") ?? null;
  if (
    group !== null &&
    (typeof group !== "string" || group === "" || utf8Length(group) > limits.jobGroupBytesMax)
  )
    return refusal(
      "bad-option",
      `group must be a string of 1 to ${limits.jobGroupBytesMax} bytes.`,
    );
  return { pattern, priority, group };
}

/** From now on (nil, 0), the last n of a topic, everything behind a position of a topic, or all that is kept ([0, 0]). */
function whyNotFrom(from: EnvelopeValue, pattern: string): Refusal | undefined {
  const isWild = hasWildcard(pattern);
  if (from === null || from === 0) return undefined;
  if (typeof from === "number" && from > 0 && from <= limits.lastMax)
    return isWild ? refusal("bad-option", "The last n are those of one topic.") : undefined;
  const isPosition =
    Array.isArray(from) &&
    from.length === 2 &&
    from.every((n: EnvelopeValue) => typeof n === "number" && n >= 0);
  if (!isPosition)
    return refusal(
      "bad-option",
      "from is nil, a number of publications, [epoch, offset] or [0, 0].",
    );
  const isAll = (from as readonly number[])[1] === 0 && (from as readonly number[])[0] === 0;
  return isWild && !isAll
    ? refusal("bad-option", "A position is one of a single topic; a pattern takes [0, 0].")
    : undefined;
}
