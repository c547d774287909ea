// What a browser tells about its page and its network. Elsewhere there is nothing to hear.

/**
 * Calls `left` when the page goes into the back/forward cache, behind all who hear of that; `restored` when it comes back; `woke` when the
 * network comes back or the page is seen again.
 */
export function watchPage(left: () => void, restored: () => void, woke: () => void): () => void {
  const stop = new AbortController();
  let isLeaving = false;
  const on = (type: string, run: (event: PageTransitionEvent) => void): void =>
    globalThis.addEventListener?.(type, run as EventListener, { signal: stop.signal });
  const isSeen = (): boolean => document.visibilityState === "visible";
  on("pagehide", ({ persisted }) => {
    isLeaving = persisted;
    // else it is hidden next
    if (persisted && !isSeen()) left();
  });
  on("pageshow", ({ persisted }) => {
    isLeaving = false;
    if (persisted) restored();
  });
  on("online", woke);
  on("visibilitychange", () => {
    if (isLeaving) {
      if (!isSeen()) left();
    } else if (isSeen()) woke();
  });
  return () => stop.abort();
}
