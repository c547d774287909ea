import { describe, expect, test } from "vitest";
import type { Claims } from "../ports/authenticator.ts";
import { Gate, signerOf, Source, tokenOf } from "./tokens.testkit.ts";
import { Tickets } from "./tickets.ts";

const ed = signerOf("EdDSA");
const claims: Claims = await new Gate(new Source(ed)).claimsOf(tokenOf(ed));
const PAGE = "https://app.example";

/** Tickets at a time that the test moves, in milliseconds. */
class Box {
  now = 5000;
  readonly #tickets = new Tickets(() => this.now);

  issue(origin: string | null = null): string {
    const ticket = this.#tickets.issue(claims, origin);
    if (ticket === undefined) throw new Error("There is no room for a ticket.");
    return ticket;
  }

  get isFull(): boolean {
    return this.#tickets.issue(claims, null) === undefined;
  }

  redeem(ticket: string, origin: string | null = null): Claims | undefined {
    return this.#tickets.redeem(ticket, origin);
  }
}

describe("J10", () => {
  test("J10 a ticket stands for the claims that it was made for, once", () => {
    const box = new Box();
    const ticket = box.issue();
    expect(box.redeem(ticket)).toBe(claims);
    expect(box.redeem(ticket)).toBeUndefined();
  });

  test("J10 a ticket is 128 random bits that may stand in a URL, and tells nothing", () => {
    const box = new Box();
    const tickets = Array.from({ length: 1000 }, () => box.issue());
    expect(new Set(tickets).size).toBe(1000);
    for (const ticket of tickets) expect(ticket).toMatch(/^[\w-]{22}$/u);
  });

  test("J10 a ticket is good for 30 s", () => {
    const box = new Box();
    const [inTime, late] = [box.issue(), box.issue()];
    box.now += 29_999;
    expect(box.redeem(inTime)).toBe(claims);
    box.now++;
    expect(box.redeem(late)).toBeUndefined();
    box.now -= 10_000;
    expect(box.redeem(late)).toBeUndefined();
  });

  test.each<[string | null, string | null]>([
    [PAGE, null],
    [null, PAGE],
    [PAGE, "https://evil.example"],
    [PAGE, "https://app.example.evil.example"],
    [PAGE, "http://app.example"],
    [PAGE, "https://app.example:8443"],
    [PAGE, "https://APP.example"],
    [PAGE, "https://app.example/"],
    [PAGE, "null"],
    [PAGE, ""],
    [null, "null"],
    [null, ""],
  ])("J10 a ticket for a page of %s is not good from %s, and spent then", (origin, from) => {
    const box = new Box();
    const ticket = box.issue(origin);
    expect(box.redeem(ticket, from)).toBeUndefined();
    expect(box.redeem(ticket, origin)).toBeUndefined();
    expect(box.redeem(box.issue(origin), origin)).toBe(claims);
  });

  test("J10 what was never a ticket is none", () => {
    const box = new Box();
    const ticket = box.issue();
    for (const guess of ["", "A".repeat(22), `${ticket} `, ticket.slice(1), "__proto__", "size"])
      expect(box.redeem(guess)).toBeUndefined();
    expect(new Box().redeem(ticket)).toBeUndefined();
    expect(box.redeem(ticket)).toBe(claims);
  });

  test("J10 10,000 tickets wait to be used, and one more is not made until one is", () => {
    const box = new Box();
    const [first] = Array.from({ length: 10_000 }, () => box.issue()) as [string];
    expect(box.isFull).toBe(true);
    expect(box.redeem(first)).toBe(claims);
    expect(box.isFull).toBe(false);
    expect(box.isFull).toBe(true);
  });

  test("J10 tickets that were not used in time make room, those that wait keep theirs", () => {
    const box = new Box();
    for (let i = 0; i < 4000; i++) box.issue();
    box.now += 20_000;
    const waiting = Array.from({ length: 6000 }, () => box.issue());
    expect(box.isFull).toBe(true);
    box.now += 9999;
    expect(box.isFull).toBe(true);
    box.now++;
    for (let i = 0; i < 4000; i++) box.issue();
    expect(box.isFull).toBe(true);
    expect(waiting.filter((ticket) => box.redeem(ticket) === claims)).toHaveLength(6000);
  });
});
