import { closeCodes, closeSentences, errorCodes, errorSentences } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { ClientError, type ErrorCode, hubError } from "../errors.ts";
import { explain } from "./explain.ts";
import { help, ownSentences } from "./sentences.ts";

const refusals = Object.keys(errorCodes) as (keyof typeof errorCodes)[];
const closings = Object.keys(closeCodes) as (keyof typeof closeCodes)[];
const own = Object.keys(ownSentences) as (keyof typeof ownSentences)[];

test("D34 each refusal that a hub sends is explained in the protocol's words", () => {
  for (const code of refusals) {
    expect([code, explain(code).sentence]).toEqual([code, errorSentences[code]]);
    expect(explain(hubError(errorCodes[code].code, ""))).toEqual(explain(code));
  }
});

test("D34 each closing is explained as one, also where a refusal has the same code", () => {
  for (const code of closings)
    expect(explain(hubError(closeCodes[code].code, "Because."))).toEqual({
      sentence: closeSentences[code],
      help: help[code],
    });
  expect(explain("stale").sentence).toBe(closeSentences.stale);
  expect(explain("token-expired").sentence).toBe(errorSentences["token-expired"]);
  expect(explain(hubError(1006, "")).sentence).toBe(ownSentences.unreachable);
});

test("D34 each code has a sentence and says what to do, and nothing else has", () => {
  const all = [...new Set<ErrorCode>([...refusals, ...closings, ...own])];
  expect(Object.keys(help).toSorted()).toEqual(all.toSorted());
  for (const code of all) {
    const { sentence, help: advice } = explain(code);
    for (const text of [sentence, advice]) {
      expect([code, text]).toEqual([code, expect.stringMatching(/^[A-Z].{10,150}\.$/u)]);
    }
    expect(advice).not.toBe(sentence);
  }
});

test("D34 what a topic does not give is advised by its rule, and not by a newer hub alone", () => {
  const { sentence, help: advice } = explain("unsupported");
  expect(sentence).toMatch(/topic/u);
  expect(advice).toMatch(/rule.*`durable`.*newer hub/u);
});

test("D34 the client's own codes are none of the protocol's", () => {
  expect(own.filter((code) => code in errorCodes || code in closeCodes)).toEqual([]);
});

test.each(["no-such-code", "toString", "__proto__"])("D34 %s is no code", (code) => {
  expect(() => explain(code as ErrorCode)).toThrow(new TypeError(`no code of an error: ${code}`));
});

test("D34 of a timeout its cause is explained, which says why there was no answer", () => {
  const cause = hubError(1006, "");
  const error = new ClientError("timeout", { cause });
  expect(explain(error)).toEqual(explain("unreachable"));
  expect(explain(new ClientError("timeout"))).toEqual(explain("timeout"));
  expect(explain(new ClientError("no-token", { cause }))).toEqual(explain("no-token"));
});
