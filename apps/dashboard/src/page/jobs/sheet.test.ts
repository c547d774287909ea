import { expect, test } from "vitest";
import { accountOf, isSettled, kindOf } from "./account.ts";
import { jobsOf, Sheet } from "./sheet.ts";

const NOW = 1_000_000;
const report = (id: string, state: string, more = {}) => ({
  id,
  seq: 7,
  state,
  failures: 0,
  progress: undefined,
  note: undefined,
  ...more,
});

/** One urgent, two normal, one low: numbers 3, 1 and 2, 0. */
function sheetOf(batch = "a"): Sheet {
  const sheet = new Sheet();
  sheet.sending({ batch, mix: [1, 2, 1], anew: true }, NOW);
  return sheet;
}
const stands = (sheet: Sheet) => sheet.jobs.map(({ id, stand }) => `${id} ${stand}`);

test("the least urgent are sent first, and the most urgent stand first", () => {
  expect([...jobsOf("a", [1, 2, 1])].map(({ id, priority }) => [id, priority])).toEqual([
    ["a-0", 1],
    ["a-1", 4],
    ["a-2", 4],
    ["a-3", 8],
  ]);
  expect(stands(sheetOf())).toEqual(["a-3 sending", "a-1 sending", "a-2 sending", "a-0 sending"]);
});

test("urgent ones of a later batch stand before what is due later, and not before what has waited long", () => {
  const sheet = sheetOf();
  sheet.sending({ batch: "b", mix: [1, 0, 0], anew: false }, NOW + 60_000);
  expect(sheet.jobs.map(({ id }) => id)).toEqual(["a-3", "b-0", "a-1", "a-2", "a-0"]);
  sheet.sending({ batch: "c", mix: [1, 0, 0], anew: false }, NOW + 300_000);
  expect(sheet.jobs.map(({ id }) => id).at(-1)).toBe("c-0");
});

test("a batch that is refused whole begins nothing anew, whenever the records of what was before are read", () => {
  const sheet = sheetOf();
  sheet.sent({ batch: "a", refused: [] });
  for (const id of ["a-0", "a-1", "a-2", "a-3"]) sheet.told(report(id, "done"), NOW);
  sheet.done({ id: "a-0", pid: 5 });
  sheet.sending({ batch: "b", mix: [0, 2, 0], anew: true }, NOW);
  expect(sheet.size).toBe(2);
  for (const id of ["a-1", "a-2", "a-3"]) sheet.done({ id, pid: 5 });
  expect(sheet.sent({ batch: "b", refused: [[0, 1]] })).toBe(false);
  expect(accountOf(sheet.jobs)).toMatchObject({ sent: 4, done: 4, unaccounted: 0, twice: 0 });
  expect(sheet.doneBy(5)).toBe(4);
});

test("a batch of which some are refused begins the account anew", () => {
  const sheet = sheetOf();
  sheet.sent({ batch: "a", refused: [] });
  sheet.sending({ batch: "b", mix: [0, 2, 0], anew: true }, NOW);
  expect(sheet.sent({ batch: "b", refused: [[0, 0]] })).toBe(true);
  expect(accountOf(sheet.jobs).sent).toBe(1);
});

test("a job goes its way as the hub tells it", () => {
  const sheet = sheetOf();
  const job = sheet.find("a-3")!;
  for (const [state, stand] of [
    ["ready", "ready"],
    ["leased", "leased"],
    ["failed", "delayed"],
    ["done", "gone"],
    ["dead", "dead"],
    ["purged", "removed"],
  ]) {
    sheet.told(report("a-3", state!), NOW);
    expect(job.stand).toBe(stand);
  }
  expect(sheet.told(report("x-1", "ready"), NOW)).toBeUndefined();
  expect(sheet.told(report("a-3", "unheard of"), NOW)).toBeUndefined();
});

test("what has failed is ready again when its time has come, twice as long after each failure", () => {
  const sheet = sheetOf();
  sheet.told(report("a-1", "failed", { failures: 1 }), NOW);
  sheet.told(report("a-2", "failed", { failures: 3 }), NOW);
  expect(sheet.tick(NOW + 999)).toEqual([]);
  expect(sheet.tick(NOW + 1_000).map(({ id }) => id)).toEqual(["a-1"]);
  expect(sheet.tick(NOW + 3_999)).toEqual([]);
  expect(sheet.tick(NOW + 4_000).map(({ id }) => id)).toEqual(["a-2"]);
  expect(sheet.find("a-2")?.stand).toBe("ready");
});

test("a job that is told done and was done by nobody is unaccounted for", () => {
  const sheet = sheetOf();
  sheet.sent({ batch: "a", refused: [] });
  for (const id of ["a-0", "a-1", "a-2", "a-3"]) sheet.told(report(id, "done"), NOW);
  for (const id of ["a-0", "a-1", "a-1"]) sheet.done({ id, pid: 1 });
  sheet.done({ id: "a-2", pid: 2 });
  expect(accountOf(sheet.jobs)).toEqual({
    sent: 4,
    done: 3,
    inWork: 0,
    ready: 0,
    waiting: 0,
    dead: 0,
    unaccounted: 1,
    twice: 1,
  });
  expect(sheet.jobs.map(kindOf)).toEqual(["lost", "twice", "done", "done"]);
  expect([sheet.doneBy(1), sheet.doneBy(2), sheet.doneBy(3)]).toEqual([3, 1, 0]);
});

test("the account adds up whatever jobs are at", () => {
  const sheet = sheetOf();
  sheet.told(report("a-0", "ready"), NOW);
  sheet.told(report("a-1", "leased"), NOW);
  sheet.told(report("a-2", "failed", { failures: 1 }), NOW);
  sheet.told(report("a-3", "dead"), NOW);
  const account = accountOf(sheet.jobs);
  expect(account).toMatchObject({ sent: 4, ready: 1, inWork: 1, waiting: 1, dead: 1 });
  expect(account.unaccounted).toBe(0);
  expect(isSettled(account)).toBe(false);
});

test("what was not confirmed was not sent, and neither was what the hub refused", () => {
  const sheet = sheetOf();
  expect(accountOf(sheet.jobs).sent).toBe(0);
  sheet.sent({ batch: "a", refused: [[1, 2]] });
  expect(accountOf(sheet.jobs).sent).toBe(2);
  // the answer was lost, and the job was there
  sheet.told(report("a-1", "ready"), NOW);
  expect(accountOf(sheet.jobs)).toMatchObject({ sent: 3, ready: 1 });
});

test("records of a batch count that is not known yet, and once again when they are told anew", () => {
  const sheet = new Sheet();
  sheet.done({ id: "a-0", pid: 1 });
  sheet.done({ id: "a-0", pid: 2 });
  sheet.sending({ batch: "a", mix: [1, 0, 0], anew: true }, NOW);
  expect([sheet.find("a-0")?.times, sheet.doneBy(1), sheet.doneBy(2)]).toEqual([2, 1, 1]);
  sheet.forgetDone();
  sheet.done({ id: "a-0", pid: 1 });
  expect([sheet.find("a-0")?.times, sheet.doneBy(1), sheet.doneBy(2)]).toEqual([1, 1, 0]);
});

test("a batch that begins anew leaves the ones before", () => {
  const sheet = sheetOf();
  sheet.done({ id: "a-0", pid: 1 });
  sheet.sending({ batch: "b", mix: [0, 1, 0], anew: true }, NOW);
  expect([sheet.size, sheet.doneBy(1)]).toEqual([1, 0]);
});

test("a look says where each job is, and what it does not see is gone", () => {
  const sheet = sheetOf();
  sheet.sent({ batch: "a", refused: [] });
  sheet.beginLook();
  sheet.seen({ id: "a-0", seq: 1, state: "settling", failures: 0 });
  sheet.seen({ id: "a-1", seq: 2, state: "delayed", failures: 2, dueAt: NOW + 5 });
  sheet.seen({ id: "x-1", seq: 3, state: "ready", failures: 0 });
  sheet.endLook();
  expect(stands(sheet)).toEqual(["a-3 gone", "a-1 delayed", "a-2 gone", "a-0 leased"]);
  expect(sheet.tick(NOW + 5).map(({ id }) => id)).toEqual(["a-1"]);
});

test("what is told during a look is newer than what is seen", () => {
  const sheet = sheetOf();
  sheet.sent({ batch: "a", refused: [] });
  sheet.beginLook();
  sheet.told(report("a-0", "done"), NOW);
  sheet.seen({ id: "a-0", seq: 1, state: "ready", failures: 0 });
  sheet.sending({ batch: "b", mix: [1, 0, 0], anew: false }, NOW);
  sheet.sent({ batch: "b", refused: [] });
  sheet.endLook();
  expect(sheet.find("a-0")?.stand).toBe("gone");
  expect(sheet.find("b-0")?.stand).toBe("sending");
});

test("of what nobody has confirmed a look says nothing", () => {
  const sheet = sheetOf();
  sheet.beginLook();
  sheet.endLook();
  expect(accountOf(sheet.jobs)).toMatchObject({ sent: 0, unaccounted: 0 });
});
