import { describe, expect, test } from "vitest";
import { Histogram } from "../histogram.ts";
import { Ledger, type Reader } from "./ledger.ts";
import { blankPayload, MARKER_BYTES, markersIn, stamp } from "./marker.ts";

const reader = (): Reader => ({ topic: 0, each: null, expected: 0, isTimed: true });

function view(sequence: number, number = sequence, time = 0): DataView {
  const bytes = blankPayload(64, 9);
  const made = new DataView(bytes.buffer);
  stamp(made, 0, 0, sequence, number, time);
  return made;
}

function ledgerOf(subscribers: number): Ledger {
  return new Ledger(new Uint32Array(1), subscribers);
}

describe("the ledger", () => {
  test("settles a publication when all its subscribers have it", () => {
    const ledger = ledgerOf(3);
    let settled = 0;
    ledger.onSettled = () => settled++;
    ledger.publish();
    const readers = [reader(), reader(), reader()];
    for (const one of readers) {
      expect(settled).toBe(0);
      ledger.take(one, view(0), 0, 5);
    }
    expect([settled, ledger.settled, ledger.settledAt]).toEqual([1, 1, 5]);
  });

  test("counts what was passed over, and what came twice or too late", () => {
    const ledger = ledgerOf(1);
    const one = reader();
    for (const sequence of [0, 1, 4, 5, 5, 3, 4]) ledger.take(one, view(sequence), 0, 0);
    expect(ledger.faults).toMatchObject({ holes: 2, disorder: 2, foreign: 0 });
  });

  test("counts what is no publication of this run", () => {
    const ledger = ledgerOf(1);
    ledger.take(reader(), new DataView(new ArrayBuffer(64)), 0, 0);
    expect([ledger.delivered, ledger.faults.foreign]).toEqual([0, 1]);
  });

  test("takes what a gap tells for what is missing", () => {
    const ledger = ledgerOf(1);
    const one = reader();
    ledger.take(one, view(0), 0, 0);
    ledger.gap(one, 4, true);
    ledger.take(one, view(5), 0, 0);
    ledger.gap(one, 1, false);
    expect(ledger.faults).toMatchObject({ holes: 0, gaps: 2, missed: 5, wrongGaps: 1 });
  });

  test("knows how far behind a subscriber is", () => {
    const ledger = ledgerOf(1);
    ledger.next[0] = 10;
    const one = reader();
    ledger.take(one, view(0), 0, 0);
    expect(ledger.behind(one)).toBe(9);
  });

  test("measures from the time in the payload", () => {
    const ledger = ledgerOf(1);
    ledger.histogram = new Histogram();
    ledger.take(reader(), view(0, 0, 1000.5), 0, 1002);
    expect(ledger.histogram.percentiles()).toMatchObject({ count: 1, max: 1.5 });
  });
});

describe("a marker", () => {
  test("is found wherever it stands, and filled in under any mask", () => {
    const bytes = new Uint8Array(3 + MARKER_BYTES * 2 + 5);
    bytes.set(blankPayload(MARKER_BYTES, 1), 3);
    bytes.set(blankPayload(MARKER_BYTES, 1), 3 + MARKER_BYTES + 5);
    expect(markersIn(bytes)).toEqual([3, 32]);
    const key = 0x1234_5678;
    const masked = new DataView(bytes.buffer);
    stamp(masked, 32, key, 7, 8, 12.5);
    for (let at = 40; at < 56; at += 4)
      masked.setUint32(at, masked.getUint32(at, true) ^ key, true);
    expect([masked.getUint32(40, true), masked.getUint32(44, true)]).toEqual([7, 8]);
    expect(masked.getFloat64(48, true)).toBe(12.5);
  });

  test("stands in a payload that only the seed decides", () => {
    expect(blankPayload(128, 5)).toEqual(blankPayload(128, 5));
    expect(blankPayload(128, 5)).not.toEqual(blankPayload(128, 6));
    expect(markersIn(blankPayload(128, 5))).toEqual([0]);
  });
});
