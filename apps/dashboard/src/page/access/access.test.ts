import { ClientError, type Client, type ErrorCode, type Status } from "@fanwire/client";
import { expect, test, vi } from "vitest";
import { News } from "../data/news.ts";
import { Access } from "./access.ts";
import { rights, rightWords } from "./rights.ts";
import { verdictOf, verdictWords } from "./verdict.ts";

const refused = (code: ErrorCode, message: string): ClientError =>
  new ClientError(code, { message });

/** Over a hub that answers by name, when it is told to. */
function asking(
  answers: Readonly<Record<string, ClientError>> = {},
  status: Status = { state: "live", session: "s" },
) {
  const tried: string[] = [];
  let answering = Promise.resolve();
  const answer = async (name: string, what: string): Promise<void> => {
    tried.push(`${what} ${name}`);
    await answering;
    const error = answers[name];
    if (error) throw error;
  };
  const unsubscribe = vi.fn();
  const client = {
    status: { get: () => status },
    topic: (name: string) => ({
      publish: (data: unknown) => answer(name, `publish ${JSON.stringify(data)} to`),
      subscribe: () => ({ ready: answer(name, "follow"), unsubscribe }),
    }),
  } as unknown as Client;
  const news = new News();
  const access = new Access(client, news, () => "atlas");
  const words = () => verdictWords(access.verdict.get());
  /** Holds the answers back until the function that it returns is called. */
  const hold = (): (() => void) => {
    let release = (): void => undefined;
    answering = new Promise((done) => (release = done));
    return () => release();
  };
  return { access, tried, unsubscribe, words, hold, said: () => news.item.get()?.sentence };
}

test("what is granted is told, and is not followed on", async () => {
  const { access, tried, unsubscribe, words, said } = asking();
  await access.ask();
  expect(tried).toEqual(["follow host.**"]);
  expect(unsubscribe).toHaveBeenCalledOnce();
  expect(words()).toEqual({
    word: "Allowed",
    code: "ok",
    sentence: "The hub granted a subscription to host.**.",
  });
  // nobody asked for it
  expect(said()).toBeUndefined();
});

test("what is refused is told in the hub's own words, and is news to whoever chose it", async () => {
  const { access, tried, words, said } = asking({
    "host.atlas.cpu.0": refused("forbidden", "The token does not allow it."),
  });
  await access.choose("publish-host");
  expect(tried).toEqual(["publish null to host.atlas.cpu.0"]);
  expect(words()).toEqual({
    word: "Refused",
    code: "forbidden",
    sentence: "The token does not allow it.",
  });
  expect(said()).toBe("Refused: The token does not allow it.");
});

test("only the last choice is answered", async () => {
  const { access, words, hold, said } = asking({ "secrets.**": refused("forbidden", "No.") });
  const answer = hold();
  const first = access.choose("follow-secrets");
  expect(words().word).toBe("Asking");
  const second = access.choose("publish-board");
  answer();
  await Promise.all([first, second]);
  expect(words()).toMatchObject({ word: "Allowed", sentence: expect.stringMatching(/board/) });
  expect(said()).toMatch(/^Allowed/);
});

test("an answer after the panel has gone changes nothing", async () => {
  const { access, words, hold } = asking();
  const answer = hold();
  const asked = access.ask();
  access.stop();
  answer();
  expect(await asked).toBeUndefined();
  expect(words().word).toBe("Asking");
});

test("without a connection there is nobody to ask", async () => {
  const { access, tried, words } = asking({}, { state: "connecting", attempt: 1 });
  await access.ask();
  expect(tried).toEqual([]);
  expect(words()).toMatchObject({ word: "Not asked", code: undefined });
});

test.each(["forbidden", "unauthenticated", "token-expired", "revoked"] as const)(
  "%s is a refusal",
  (code) => {
    expect(verdictOf({ code, message: "No." }).is).toBe("refused");
  },
);

test.each(["rate-limited", "timeout", "unknown-outcome"] as const)(
  "%s does not tell what one may",
  (code) => {
    const words = verdictWords(verdictOf({ code, message: "Later." }));
    expect(words).toEqual({ word: "No answer", code, sentence: "Later." });
  },
);

test("each choice has an id and words of its own, and nothing is published to a pattern", () => {
  const all = [...rights(), ...rights("atlas")];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length / 2);
  expect(new Set(rights().map(rightWords)).size).toBe(all.length / 2);
  for (const { verb, name } of all) if (verb === "publish") expect(name).not.toContain("*");
});
