// The rights that the flags of `fanwire token` name: as the claim `fanwire` has them, and in words.

import { isPattern } from "@fanwire/protocol";
import type { Arguments, Flag } from "../../command.ts";
import { usage } from "../../failure.ts";

/** The part of the claim that the flags fill. */
export interface Rights {
  readonly sub: readonly string[];
  readonly pub: readonly string[];
  /** Left out: it may enter nowhere. */
  readonly presence?: readonly string[];
  /** Left out: none of it is granted. */
  readonly queue?: { readonly [right in QueueRight]?: readonly string[] };
}

const QUEUE_RIGHTS = ["send", "consume", "manage"] as const;
type QueueRight = (typeof QUEUE_RIGHTS)[number];

const WORDS: Readonly<Record<QueueRight, string>> = {
  send: "send jobs to",
  consume: "take jobs of",
  manage: "manage",
};

const EVERYTHING: Rights = {
  sub: ["**"],
  pub: ["**"],
  presence: ["**"],
  queue: { send: ["**"], consume: ["**"], manage: ["**"] },
};

export const rightsFlags: readonly Flag[] = [
  {
    name: "allow-sub",
    value: "PATTERN",
    isMany: true,
    sentence: "What may be followed; may be given several times.",
  },
  {
    name: "allow-pub",
    value: "PATTERN",
    isMany: true,
    sentence: "Where may be published; may be given several times.",
  },
  {
    name: "allow-presence",
    value: "PATTERN",
    isMany: true,
    sentence: "Where one may enter, and be seen by those who follow; may be given several times.",
  },
  {
    name: "allow-send",
    value: "QUEUE",
    isMany: true,
    sentence:
      "Where jobs may be sent: the name of a queue, or '**' for all; may be given several times.",
  },
  {
    name: "allow-consume",
    value: "QUEUE",
    isMany: true,
    sentence: "Whose jobs may be taken, by a worker; may be given several times.",
  },
  {
    name: "allow-manage",
    value: "QUEUE",
    isMany: true,
    sentence:
      "What may be declared, looked at, paused, purged and deleted; may be given several times.",
  },
];

/** `isService`: without any of the flags it may do everything. Throws a usage failure for what names no queue. */
export function rightsOf(given: Arguments, isService: boolean): Rights {
  if (isService && !rightsFlags.some(({ name }) => given.has(name))) return EVERYTHING;
  const queue = Object.fromEntries(
    QUEUE_RIGHTS.map((right) => [right, queuesOf(given, `allow-${right}`)] as const).filter(
      ([, names]) => names.length > 0,
    ),
  );
  const presence = given.texts("allow-presence");
  return {
    sub: given.texts("allow-sub"),
    pub: given.texts("allow-pub"),
    ...(presence.length > 0 && { presence }),
    ...(Object.keys(queue).length > 0 && { queue }),
  };
}

function queuesOf(given: Arguments, flag: string): readonly string[] {
  const names = given.texts(flag);
  for (const name of names)
    if (!namesQueues(name))
      throw usage(
        `--${flag} ${JSON.stringify(name)} names no queue: that is one level of a topic and does not begin with $, or {claim}, or '**' for all queues.`,
        "token",
      );
  return names;
}

/** One level, be it a variable or a wildcard: nothing else ever covers a queue's name. */
function namesQueues(name: string): boolean {
  if (/^\{[^{}.]+\}$/u.test(name)) return true; // whether there is such a claim is told by who signs
  return isPattern(name) && !name.includes(".") && !name.startsWith("$");
}

/** "follow prices.**, publish to nothing, and send jobs to thumbnails". */
export function rightsInWords({ sub, pub, presence = [], queue = {} }: Rights): string {
  const parts = [`follow ${told(sub)}`, `publish to ${told(pub)}`];
  if (presence.length > 0) parts.push(`be present in ${told(presence)}`);
  for (const right of QUEUE_RIGHTS) {
    const names = queue[right] ?? [];
    if (names.length > 0) parts.push(`${WORDS[right]} ${queuesTold(names)}`);
  }
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function told(patterns: readonly string[]): string {
  return patterns.length === 0 ? "nothing" : patterns.join(", ");
}

function queuesTold(names: readonly string[]): string {
  if (names.includes("**") || names.includes("*")) return "all queues";
  return `the ${names.length === 1 ? "queue" : "queues"} ${names.join(", ")}`;
}
