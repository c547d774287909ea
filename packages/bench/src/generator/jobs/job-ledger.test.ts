import { describe, expect, test } from "vitest";
import { blankPayload, SEQUENCE_AT, TIME_AT } from "../marker.ts";
import { JobLedger } from "./job-ledger.ts";

function job(number: number, sentAt = 0): DataView {
  const view = new DataView(blankPayload(32, 1).buffer);
  view.setUint32(SEQUENCE_AT, number, true);
  view.setFloat64(TIME_AT, sentAt, true);
  return view;
}

/** A ledger of three jobs, all confirmed. */
function sent(): JobLedger {
  const ledger = new JobLedger();
  ledger.send(3);
  ledger.confirmed(3);
  return ledger;
}

describe("the ledger of jobs", () => {
  test("jobs that are all confirmed and done once are no failure, and their times are taken", () => {
    const ledger = sent();
    const at = [2, 0, 1].map((number) => ledger.took(job(number, performance.now() - 50), 0));
    ledger.done(at);
    expect(ledger.failures()).toEqual([]);
    expect(ledger.latency.percentiles()).toMatchObject({ count: 3 });
    expect(ledger.latency.percentiles().p50).toBeGreaterThanOrEqual(49);
  });

  test("more jobs than it had room for are told apart", () => {
    const ledger = new JobLedger();
    const count = 200_000;
    expect(ledger.send(count)).toBe(0);
    expect(ledger.send(1)).toBe(count);
    ledger.confirmed(count + 1);
    for (let number = 0; number <= count; number++) ledger.took(job(number), 0);
    ledger.done(Array.from({ length: count + 1 }, () => 0));
    expect(ledger.failures()).toEqual([]);
  });

  test("a job that is lost, twice, never sent, or not confirmed is told", () => {
    const ledger = new JobLedger();
    ledger.send(3);
    ledger.confirmed(1);
    ledger.done([0, 1, 1].map((number) => ledger.took(job(number), 0)));
    ledger.took(job(3), 0);
    ledger.took(new DataView(new ArrayBuffer(32)), 0);
    ledger.wrong("The hub said so.");
    expect(ledger.failures()).toEqual([
      "2 of 3: jobs were never confirmed.",
      "1 of 3: jobs never came to be done.",
      "1 of 3: jobs came twice.",
      "2 of 3: jobs were not what was sent.",
      "The hub said so.",
    ]);
  });

  test("an acknowledgement that is not confirmed is told", () => {
    const ledger = sent();
    for (const number of [0, 1, 2]) ledger.took(job(number), 0);
    ledger.done([0, 0]);
    expect(ledger.failures()).toEqual(["1 of 3: jobs were not acknowledged once each."]);
  });
});
