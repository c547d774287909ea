import { expect, test } from "vitest";
import { newKey, publicKeyOf, signToken } from "./auth/sign.ts";
import { type CheckedRight, checkToken, type Decision } from "./token-check.ts";

const key = await newKey();

async function decisionOf(right: CheckedRight, name: string): Promise<Decision> {
  const queue = { send: ["mail"], consume: ["thumbnails"], manage: ["*"] };
  const token = await signToken(key, {
    sub: "ada",
    ttl: 60,
    fanwire: { sub: ["prices.**"], queue },
  });
  const checked = await checkToken(token, { keys: [publicKeyOf(key)] });
  if (!checked.isGood) throw new Error(checked.reason);
  return checked.can(right, name);
}

test.each<[CheckedRight, string, boolean, string]>([
  ["send", "mail", true, "send mail covers mail."],
  ["send", "thumbnails", false, "None of its send patterns covers all of thumbnails: "],
  ["consume", "thumbnails", true, "consume thumbnails covers thumbnails."],
  ["consume", "mail", false, "None of its consume patterns covers all of mail: thumbnails."],
  ["manage", "mail", true, "manage * covers mail."],
  ["manage", "a.b", false, '"a.b" is no name of a queue'],
  ["manage", "$sys", false, '"$sys" is no name of a queue'],
  ["sub", "prices.acme", true, "sub prices.** covers prices.acme."],
  ["pub", "prices.acme", false, "The token grants no pub at all."],
])("a token that is checked says of '%s %s': %j, and why", async (right, name, isAllowed, why) => {
  const decision = await decisionOf(right, name);
  expect(decision.isAllowed).toBe(isAllowed);
  expect(decision.reason).toContain(why);
});
