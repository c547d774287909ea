import { afterEach, expect, test, vi } from "vitest";
import { fetchToken } from "./token.ts";

afterEach(() => void vi.unstubAllGlobals());
const { signal } = new AbortController();

test("a token is asked for by its subject, and can be given up", async () => {
  const fetched = vi.fn(async () => Response.json({ token: "a.b.c" }));
  vi.stubGlobal("fetch", fetched);
  expect(await fetchToken("page-1", signal)).toBe("a.b.c");
  expect(fetched).toHaveBeenCalledWith("/token?subject=page-1", { method: "POST", signal });
});

test("a server that gives none is told of", async () => {
  vi.stubGlobal("fetch", async () => new Response(null, { status: 403 }));
  await expect(fetchToken("page-1", signal)).rejects.toThrow(
    "The server of this page gave no token (HTTP 403).",
  );
});
