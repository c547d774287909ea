// What a browser tells about its page and its network. Elsewhere there is nothing to hear.

/** Calls `restored` when the page comes back from the back/forward cache, `woke` when the network comes back or the page is seen again. */
export function watchPage(restored: () => void, woke: () => void): () => void {
  const stop = new AbortController();
  const on = (type: string, run: (event: Event) => void): void =>
    globalThis.addEventListener?.(type, run, { signal: stop.signal });
  on("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) restored();
  });
  on("online", woke);
  on("visibilitychange", () => {
    if (document.visibilityState === "visible") woke();
  });
  return () => stop.abort();
}
