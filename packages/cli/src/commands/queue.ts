import type { Command } from "../command.ts";
import { usage } from "../failure.ts";
import { declare } from "./queue/declare.ts";
import { bind, list, pause, purge, redrive, remove, resume } from "./queue/holding.ts";
import { peek } from "./queue/peek.ts";
import { send } from "./queue/send.ts";
import { stats } from "./queue/stats.ts";
import { work } from "./queue/work.ts";

const verbs: readonly Command[] = [
  declare,
  send,
  work,
  stats,
  peek,
  list,
  bind,
  pause,
  resume,
  redrive,
  purge,
  remove,
];

export const queue: Command = {
  name: "queue",
  operands: "<verb> <queue> [flags]",
  summary: "Send jobs, work on them, and look after their queues.",
  description: [
    "Each job of a queue goes to one worker, and is gone when that has done it. What fails comes again, and becomes a dead letter in the end.",
    "fanwire queue <verb> --help tells more of each verb.",
  ],
  verbs,
  groups: [],
  examples: [
    ["fanwire queue declare thumbnails", "Makes a queue."],
    ["fanwire queue work thumbnails -- ./resize.sh", "Works on its jobs."],
    ["fanwire queue send thumbnails '{\"image\": 7}'", "Sends one."],
  ],
  run({ positionals: [verb] }) {
    throw usage(
      verb === undefined ? "queue needs a verb." : `queue has no verb ${JSON.stringify(verb)}.`,
      "queue",
    );
  },
};
