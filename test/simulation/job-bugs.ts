// Mistakes that somebody could make in work queues; see `bugs.ts`.

import type { Bug } from "./bugs.ts";
import type { Edit } from "./plant.ts";

const jobs = (file: string, find: string, replace: string): Edit => ({
  file: `packages/server/src/core/jobs/${file}`,
  find,
  replace,
});

const queues = (file: string, find: string, replace: string): Edit => ({
  file: `packages/server/src/core/queues/${file}`,
  find,
  replace,
});

export const jobBugs: readonly Bug[] = [
  {
    name: "forgets-acks",
    says: "An ack is answered, and not written down.",
    edits: [
      jobs(
        "settling.ts",
        "    writeDoneRecord(this.#storing.begin(), number, seqs);",
        "    writeDoneRecord(this.#storing.begin(), number, []);",
      ),
    ],
    world: "jobs",
    seenAs: ["shown-early", "came-back"],
  },
  {
    name: "takes-acks-of-anybody",
    says: "A job is acked under a lease that it had before, whoever has it now.",
    edits: [
      queues(
        "verbs.ts",
        '  if (job.lease.number !== lease) return "lease-lost";',
        '  if (job.lease.number !== lease) return verb === "ack" ? job : "lease-lost";',
      ),
      jobs(
        "settling.ts",
        "    if (holder !== undefined && holder !== this.#session)",
        '    if (holder !== undefined && holder !== this.#session && name !== "ack")',
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-verdict"],
  },
  {
    name: "restarts-lease-numbers",
    says: "Each run counts its leases from the same number on.",
    edits: [
      {
        file: "packages/server/src/core/broker.ts",
        find: "    queues.leases.begin(runNumber, restore.leaseRuns);",
        replace: "    queues.leases.begin(1, 0);",
      },
    ],
    world: "jobs",
    seenAs: ["went-back"],
  },
  {
    name: "forgets-taken-runs",
    says: "Leases that had the numbers of a later run are forgotten when that begins.",
    edits: [
      {
        file: "packages/server/src/core/restore.ts",
        find: "        this.#leaseRuns = Math.max(this.#leaseRuns, record.runs);",
        replace: "",
      },
    ],
    world: "jobs",
    seenAs: ["went-back"],
  },
  {
    name: "forgets-failures",
    says: "After a restart a job has not failed.",
    edits: [
      jobs(
        "restoring.ts",
        `      case jobRecordType.failed:
        return this.#amend(record.queue, record.seq, {
          failures: record.failures,`,
        `      case jobRecordType.failed:
        return this.#amend(record.queue, record.seq, {
          failures: 0,`,
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-count"],
  },
  {
    name: "counts-releases",
    says: "A job that is given back has failed.",
    edits: [
      queues(
        "work-queue.ts",
        "    this.#hands.take(job, now);\n    this.#giveBack(job, now);",
        "    this.#hands.take(job, now);\n    job.failures++;\n    this.#giveBack(job, now);",
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-count"],
  },
  {
    name: "counts-no-failures",
    says: "A job that failed is tried again for ever.",
    edits: [queues("work-queue.ts", "    job.failures++;\n", "")],
    world: "jobs",
    seenAs: ["wrong-count", "out-of-order"],
  },
  {
    name: "gives-before-stored",
    says: "A durable job is given out while it is being stored.",
    edits: [
      jobs(
        "live-queue.ts",
        "    storing.keep(new Sending(this, storing, job, place, answer));",
        "    storing.keep(new Sending(this, storing, job, place, answer));\n    this.sent(job);",
      ),
      jobs(
        "live-queue.ts",
        "    this.work.stored(job, this.#deps.clock.now);\n",
        '    if (job.state === "storing") this.work.stored(job, this.#deps.clock.now);\n',
      ),
    ],
    world: "jobs",
    seenAs: ["shown-early"],
  },
  {
    name: "moves-in-two-steps",
    says: "A dead job is taken out of its queue with one record, and put into the other with another.",
    edits: [
      jobs(
        "live-queue.ts",
        "    else if (this.isDurable) writeMovedRecord(w, from, to.number, record, there.tail);",
        `    else if (this.isDurable) {
      writeDoneRecord(w, from.queue, [from.seq]);
      storing.keep({ tail: null, stored() {}, refused() {} });
      writeJobRecord(storing.begin(), to.number, record, there.tail);
    }`,
      ),
    ],
    world: "jobs",
    seenAs: ["lost", "doubled"],
  },
  {
    name: "follows-the-wall-clock",
    says: "Jobs are due when the clock on the wall says so.",
    edits: [
      jobs(
        "live-queue.ts",
        "    let isMore = work.dueAt <= clock.now && work.tick(clock.now, STEP_JOBS);",
        `    const me = this as unknown as { began?: number };
    me.began ??= clock.time - clock.now;
    const time = Math.max(clock.now, clock.time - me.began);
    let isMore = work.dueAt <= time && work.tick(time, STEP_JOBS);`,
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-time", "two-holders", "wrong-verdict"],
  },
  {
    name: "opens-groups-in-backoff",
    says: "The next job of a group is given out while one of it waits to be tried again.",
    edits: [
      queues(
        "jobs.ts",
        '      return job.isBackingOff ? "resting" : "none";',
        '      return "none";',
      ),
    ],
    world: "jobs",
    seenAs: ["out-of-order"],
  },
  {
    name: "counts-reserves",
    says: "What a lost worker had not begun has failed too.",
    edits: [
      queues(
        "work-queue.ts",
        "    const { job, isStarted } = lease;",
        '    const { job } = lease;\n    const isStarted = lease.isStarted || why === "gone";',
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-count"],
  },
  {
    name: "keeps-places-of-the-lost",
    says: "A consumer whose lease ran out has a place less from then on.",
    edits: [
      queues(
        "work-queue.ts",
        "    this.#hands.take(job, now);\n    if (!isStarted) this.#giveBack(job, now);",
        `    this.#hands.take(job, now);
    if (why === "expired") lease.consumer.held++;
    if (!isStarted) this.#giveBack(job, now);`,
      ),
    ],
    world: "jobs",
    seenAs: ["stuck"],
  },
  {
    name: "forgets-ids-of-the-done",
    says: "An id is forgotten when its job is done.",
    edits: [
      queues(
        "work-queue.ts",
        "    this.#count(kind.done, now);\n",
        `    this.#count(kind.done, now);
    if (job.id !== null) this.#ids.forget(job.sender, job.id, job.seq);
`,
      ),
    ],
    world: "jobs",
    seenAs: ["doubled", "came-back", "changed"],
  },
  {
    name: "redrives-without-id",
    says: "A job that is redriven has lost its id.",
    edits: [
      jobs(
        "redriving.ts",
        "draftOf(job, revivedOrigin(job.origin))",
        "{ ...draftOf(job, revivedOrigin(job.origin)), id: null }",
      ),
    ],
    world: "jobs",
    seenAs: ["changed"],
  },
  {
    name: "purges-the-leased",
    says: "A purge takes jobs out of the hands of those who work on them.",
    edits: [
      queues(
        "work-queue.ts",
        'state === "ready" || state === "delayed";',
        'state === "ready" || state === "delayed" || state === "leased";',
      ),
      queues(
        "work-queue.ts",
        "    for (const job of page.jobs) this.remove(job, now);",
        `    for (const job of page.jobs) {
      if (job.state === "leased") this.#hands.take(job, now);
      this.remove(job, now);
    }`,
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-verdict", "unbounded"],
  },
  {
    name: "touches-the-lost",
    says: "A lease that has run out is made longer.",
    edits: [
      queues(
        "verbs.ts",
        '  return isFinal(verb) || job.lease.dueAt > now ? job : "lease-lost";',
        "  return job;",
      ),
    ],
    world: "jobs",
    seenAs: ["wrong-verdict"],
  },
];
