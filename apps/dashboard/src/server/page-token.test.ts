import { checkToken, newKey, publicKeyOf } from "@fanwire/server";
import { expect, test } from "vitest";
import { pageTokens } from "./page-token.ts";

async function tokenOf(subject: string) {
  const key = await newKey();
  const checked = await checkToken(await pageTokens(key, 60)(subject), {
    keys: [publicKeyOf(key)],
  });
  if (!checked.isGood) throw new Error(checked.reason);
  return checked;
}

test.each([
  ["sub", "host.atlas.**"],
  ["sub", "host.**"],
  ["sub", "board.**"],
  ["sub", "$sys.hub"],
  ["sub", "page.page-1.tab.clock"],
  ["pub", "page.page-1.tab.clock"],
  ["pub", "board.strokes"],
  ["pub", "board.text"],
  ["sub", "jobs.done"],
  ["sub", "$queue.files.jobs"],
  ["sub", "$queue.files.stats"],
  ["pub", "jobs.sent"],
  ["presence", "board"],
  ["sub", "$presence.board"],
  ["sub", "$members.board"],
] as const)("a page may %s %s", async (right, name) => {
  expect((await tokenOf("page-1")).can(right, name)).toMatchObject({ isAllowed: true });
});

test.each([
  ["sub", "**"],
  ["sub", "secrets.**"],
  ["sub", "$sys.**"],
  ["sub", "page.page-2.tab.clock"],
  ["pub", "page.page-2.tab.clock"],
  ["pub", "host.atlas.cpu.0"],
  ["pub", "board.other"],
  ["pub", "$sys.hub"],
  ["pub", "jobs.done"],
  ["pub", "jobs.workers"],
  ["sub", "$queue.other.jobs"],
  ["presence", "board.*"],
  ["presence", "**"],
  ["sub", "$presence.**"],
] as const)("a page may not %s %s", async (right, name) => {
  expect((await tokenOf("page-1")).can(right, name)).toMatchObject({ isAllowed: false });
});

test("a page sends jobs to the one queue and sees to it, and works on none", async () => {
  const { rights } = await tokenOf("page-1");
  const queues = Object.entries(rights).filter(([right]) => right.startsWith("queue."));
  expect(Object.fromEntries(queues)).toEqual({
    "queue.send": ["files"],
    "queue.manage": ["files"],
  });
});

test("its token is its own, and good for as long as was asked", async () => {
  const { subject, issuedAt, expiresAt, limits } = await tokenOf("page-1");
  expect(subject).toBe("page-1");
  expect(expiresAt - issuedAt).toBe(60_000);
  expect(limits["publishPerSecond"]).toBeGreaterThanOrEqual(240);
});
