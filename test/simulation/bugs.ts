// Mistakes that somebody could make, each as a change of the source, and the world that finds it. None of them is in the product: they are
// planted while it is loaded.

import type { FaultKind } from "@fanwire/testkit";
import { jobBugs } from "./job-bugs.ts";
import type { Edit } from "./plant.ts";

export interface Bug {
  readonly name: string;
  readonly says: string;
  readonly edits: readonly Edit[];
  /** The world that finds it. */
  readonly world: string;
  /** As what it is seen first. */
  readonly seenAs: readonly FaultKind[];
}

const core = (file: string, find: string, replace = ""): Edit => ({
  file: `packages/server/src/core/${file}`,
  find,
  replace,
});

const store = (file: string, find: string, replace = ""): Edit => ({
  file: `packages/server/src/store/${file}`,
  find,
  replace,
});

export const bugs: readonly Bug[] = [
  {
    name: "answers-before-sync",
    says: "The store answers when a frame is written, and not when it is on disk.",
    edits: [
      store(
        "segment-writer.ts",
        "    this.#files.sync(this.#file);\n    this.#end += length;",
        "    this.#end += length;",
      ),
    ],
    world: "store",
    seenAs: ["lost", "unopened", "changed"],
  },
  {
    name: "confirms-before-stored",
    says: "The hub confirms a durable publication when it has given it to the store.",
    edits: [
      core(
        "handlers/publish.ts",
        "    const offset = this.#parts.storing.publish(session, topic, id, tail, once, key);",
        `    const offset = this.#parts.storing.publish(session, topic, 0, tail, once, key);
    const w = this.#parts.rounds.reply(session, REPLY_BYTES);
    if (id > 0) writePublishOk(w, id, topic.number, topic.epoch, offset, confirmLevel.disk);`,
      ),
    ],
    world: "crash",
    seenAs: ["shown-early"],
  },
  {
    name: "skips-directory-sync",
    says: "The directory is not synced when another manifest has got its name.",
    edits: [
      store(
        "manifest-file.ts",
        "      this.#files.syncDirectory(this.#directory);",
        "      void 0;",
      ),
    ],
    world: "store",
    seenAs: ["lost", "unopened"],
  },
  {
    name: "shows-before-stored",
    says: "A durable publication goes to its subscribers while it is being stored.",
    edits: [
      core(
        "storing.ts",
        "    const offset = topic.head + ++topic.pending;",
        "    topic.pending++;\n    const offset = topic.head + 1;",
      ),
      core(
        "handlers/publish.ts",
        "    const offset = this.#parts.storing.publish(session, topic, id, tail, once, key);",
        `    const shown = tail.bytes.slice(0, tail.at);
    const offset = this.#parts.storing.publish(session, topic, id, tail, once, key);
    this.#showing.stored(topic, shown, 0);`,
      ),
      core("handlers/publish.ts", "    this.#showing.stored(topic, tail, lsn);\n"),
    ],
    world: "crash",
    seenAs: ["shown-early"],
  },
  {
    name: "resumes-one-late",
    says: "Who goes on from an offset misses the one behind it.",
    edits: [
      core(
        "handlers/subscribe-options.ts",
        "    cursor: offset,\n    replay",
        "    cursor: offset + 1,\n    replay",
      ),
    ],
    world: "crash",
    seenAs: ["silent-loss"],
  },
  {
    name: "tells-no-gap",
    says: "What a log has let go is left out without a gap.",
    edits: [
      core("sources/topic-source.ts", "      writeGap(page, topic, first, missed, reason);\n"),
    ],
    world: "flow",
    seenAs: ["silent-loss"],
  },
  {
    name: "forgets-what-came",
    says: "After a restart the hub does not know which publications it has.",
    edits: [core("restore.ts", "    if (once !== null) this.#remember(topic, once, offset, r);\n")],
    world: "crash",
    seenAs: ["doubled"],
  },
  {
    name: "replays-no-state",
    says: "Publications of the log are not put into the state of their topic.",
    edits: [core("restore.ts", "      this.#set(state, offset, lsn, r);", "      void 0;")],
    world: "state",
    seenAs: ["lost", "wrong-state", "both-won"],
  },
  {
    name: "counts-pending-as-shown",
    says: "The head that a subscriber is told counts what is being stored.",
    edits: [
      core(
        "handlers/subscribe.ts",
        "    head: topic?.head ?? null,",
        "    head: topic === undefined ? null : topic.head + topic.pending,",
      ),
    ],
    world: "crash",
    seenAs: ["out-of-order", "went-back", "wrong-gap"],
  },
  {
    name: "marks-what-is-pending",
    says: "A mark stands for what is being stored, too.",
    edits: [
      core(
        "showing.ts",
        "    topics.lsns.add(topics.shown, lsn);",
        "    topics.lsns.add(topics.shown, lsn + topic.pending);",
      ),
    ],
    world: "crash",
    seenAs: ["silent-loss"],
  },
  {
    name: "marks-what-is-owed",
    says: "A mark in the middle of a long catch-up stands for all of it.",
    edits: [
      core(
        "sources/pattern-source.ts",
        "    const mark = this.markOf(cursor, run.lsn);",
        "    const mark = this.markOf(Math.max(cursor, run.target), run.lsn);",
      ),
    ],
    world: "flow",
    seenAs: ["silent-loss"],
  },
  {
    name: "trusts-the-last-frame",
    says: "The sum of the last frame of a log is not looked at.",
    edits: [
      store(
        "frame.ts",
        "  if (crc32(bytes.subarray(at + 8, end), seed) !== crc) return undefined;",
        `  const isLast = end + 4 > bytes.length || view.getUint32(end) === 0;
  if (!isLast && crc32(bytes.subarray(at + 8, end), seed) !== crc) return undefined;`,
      ),
    ],
    world: "store",
    seenAs: ["changed", "undetected", "unopened"],
  },
  {
    name: "skips-the-seal",
    says: "A log that rests is not sealed: damage at its end passes for a torn tail.",
    edits: [
      store("log.ts", '  seal(): void {\n    this.#writer.seal("sealed");\n', "  seal(): void {\n"),
    ],
    world: "store",
    seenAs: ["undetected"],
  },
  {
    name: "keeps-epoch-after-salvage",
    says: "Topics of a store that has lost something have the epochs that they had.",
    edits: [core("broker.ts", "      if (isOther) topic.epoch = topics.freshEpoch();\n")],
    world: "crash",
    seenAs: ["changed", "went-back"],
  },
  {
    name: "keeps-era-after-salvage",
    says: "A store that has lost something is of the era that it was.",
    edits: [
      store(
        "salvage.ts",
        "  const identity = newIdentity(before.identity?.storeId);",
        "  const identity = before.identity ?? newIdentity();",
      ),
    ],
    world: "store",
    seenAs: ["lost"],
  },
  {
    name: "drops-before-manifest",
    says: "What a snapshot replaces is removed before the manifest names that snapshot.",
    edits: [
      store(
        "log.ts",
        "    const snapshots = [...before.snapshots.slice(-1), snapshot];",
        `    const snapshots = [snapshot];
    for (const { number } of before.snapshots)
      this.#files.remove(join(this.#directory, snapshotName(number)));`,
      ),
      store(
        "log.ts",
        "    const from = snapshots.length > 1 ? snapshots[0]!.nextLsn : 0;",
        "    const from = snapshot.nextLsn;",
      ),
      store("log.ts", "of before.snapshots.slice(0, -1))", "of before.snapshots.slice(0, 0))"),
    ],
    world: "store",
    seenAs: ["unopened", "stuck"],
  },
  {
    name: "forgets-deletions",
    says: "A deletion is let go, and who does not know of it is not told to begin anew.",
    edits: [
      core(
        "state.ts",
        `      this.floor = entry.offset;
      this.floorShow = entry.show;
      this.floorLsn = entry.lsn;
`,
      ),
    ],
    world: "state",
    seenAs: ["wrong-state"],
  },
  {
    name: "leaves-ghosts",
    says: "A member whose connection is lost does not leave.",
    edits: [core("broker.ts", "    this.#presence.leave(session, true);\n")],
    world: "state",
    seenAs: ["wrong-members"],
  },
  {
    name: "duplicate-while-pending",
    says: "A publication that is sent again is confirmed as a duplicate of one that is being stored.",
    edits: [
      core(
        "once.ts",
        "    if (pending !== undefined) return { pending };",
        "    if (pending !== undefined) return { offset: pending };",
      ),
      core(
        "once.ts",
        "    return known.isStored ? { offset: known.offset } : { pending: known.offset };",
        "    return { offset: known.offset };",
      ),
    ],
    world: "crash",
    seenAs: ["shown-early"],
  },
  {
    name: "both-win",
    says: "Two publications under the same condition are both taken while the first is being stored.",
    edits: [
      core("handlers/publish-conditions.ts", "  if (pending !== undefined) return pending;\n"),
    ],
    world: "state",
    seenAs: ["both-won"],
  },
  {
    name: "behind-at-the-head",
    says: "The cursor of a session that is behind stands at the head, in front of what it was not sent.",
    edits: [
      core(
        "catch-up.ts",
        "subscription.cursor = this.#topics.settledOf(stream);",
        "subscription.cursor = this.#topics.headOf(stream);",
      ),
    ],
    world: "flow",
    seenAs: ["silent-loss"],
  },
  {
    name: "serves-joiners-twice",
    says: "Who joins in the middle of a turn gets the whole batch, and the rest of it once more.",
    edits: [
      core(
        "round.ts",
        "      if (stream.live !== null) this.#oweLive(stream, stream.live, batch);",
        `      for (const { row } of joining ?? []) stream.admit(row);
      if (stream.live !== null) this.#oweLive(stream, stream.live, batch);`,
      ),
      core(
        "round.ts",
        "    for (const { row } of joining ?? []) stream.admit(row);\n    for (const session",
        "    if (batch === null) for (const { row } of joining ?? []) stream.admit(row);\n    for (const session",
      ),
    ],
    world: "flow",
    seenAs: ["out-of-order", "again", "no-right"],
  },
  {
    name: "sends-after-the-right",
    says: "What was owed of a subscription is sent although its right has ended.",
    edits: [core("handlers/subscribe.ts", "  rounds.cancel(session, stream.number);\n")],
    world: "flow",
    seenAs: ["no-right"],
  },
  ...jobBugs,
];

export function bugOf(name: string): Bug | undefined {
  return bugs.find((bug) => bug.name === name);
}
