import type { Client, Publication, Status } from "@fanwire/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HubClock } from "./hub-clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A hub whose clock is `aheadMs` ahead of ours, and which answers when it is told to. */
function hub(aheadMs: number) {
  let status: Status = { state: "connecting", attempt: 1 };
  const runs: ((status: Status) => void)[] = [];
  let deliver: (publication: Publication<number>) => void = () => undefined;
  const sent: number[] = [];
  const client = {
    status: {
      get: () => status,
      subscribe(run: (status: Status) => void) {
        runs.push(run);
        run(status);
        return () => undefined;
      },
    },
    topic: () => ({
      publish: async (number: number) => void sent.push(number),
      subscribe(run: typeof deliver) {
        deliver = run;
        return { unsubscribe: () => (deliver = () => undefined) };
      },
    }),
  } as unknown as Client;
  const set = (next: Status): void => {
    status = next;
    for (const run of runs) run(next);
  };
  /** The hub stamps after `outMs`, and its publication is here after `backMs` more. */
  const answer = (outMs: number, backMs: number): void => {
    vi.advanceTimersByTime(outMs);
    const time = Math.floor(performance.timeOrigin + performance.now() + aheadMs);
    vi.advanceTimersByTime(backMs);
    deliver({ data: sent.at(-1)!, time } as Publication<number>);
  };
  return { client, sent, set, answer };
}

const live: Status = { state: "live", session: "s" };

test("without a connection nothing is asked, and our own time must do", () => {
  const { client, sent } = hub(5_000);
  const clock = new HubClock(client, "page.a.clock");
  clock.start();
  vi.advanceTimersByTime(3_000);
  expect(sent).toEqual([]);
  expect(clock.estimate).toBeUndefined();
  expect(clock.toHub(7)).toBe(7);
});

test("it asks as soon as it is connected, and then once a second", () => {
  const { client, sent, set } = hub(0);
  new HubClock(client, "page.a.clock").start();
  set(live);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(3_000);
  expect(sent).toHaveLength(4);
});

test("the hub's time is ours and the difference, half a round trip allowed for", () => {
  const { client, set, answer } = hub(5_000);
  const clock = new HubClock(client, "page.a.clock");
  clock.start();
  set(live);
  answer(2, 2);
  expect(clock.estimate?.roundTripMs).toBeCloseTo(4);
  expect(Math.abs(clock.toHub(0) - 5_000)).toBeLessThanOrEqual(0.5);
});

test("what is known outlives the connection, until the next one knows better", () => {
  const { client, set, answer } = hub(5_000);
  const clock = new HubClock(client, "page.a.clock");
  clock.start();
  set(live);
  answer(1, 1);
  const known = clock.toHub(0);
  set({ state: "connecting", attempt: 1 });
  set(live);
  expect(clock.toHub(0)).toBe(known);
  answer(10, 10);
  expect(clock.estimate?.roundTripMs).toBeCloseTo(20);
});

test("a number that is not ours, or came before, moves no clock", () => {
  const { client, set, sent, answer } = hub(0);
  const clock = new HubClock(client, "page.a.clock");
  clock.start();
  set(live);
  answer(1, 1);
  const { estimate } = clock;
  answer(1, 1);
  sent.push(999);
  answer(1, 1);
  expect(clock.estimate).toEqual(estimate);
});

test("when it is ended it asks no more", () => {
  const { client, set, sent } = hub(0);
  const end = new HubClock(client, "page.a.clock").start();
  set(live);
  end();
  vi.advanceTimersByTime(5_000);
  expect(sent).toHaveLength(1);
});
