// One requestAnimationFrame draws everything that can be seen, and none runs while the tab is hidden.

/** Who wants less motion gets pictures, not a film. */
const STILL_MS = 1_000;
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** `data` moves by itself; `hand` is moved by the visitor, and follows at once whatever the system asks for. */
type MovedBy = "data" | "hand";

interface Drawing {
  readonly draw: () => void;
  readonly movedBy: MovedBy;
  seen: boolean;
}

const drawings = new Map<Element, Drawing>();
const after = new Set<(drawn: boolean) => void>();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const drawing = drawings.get(target);
      if (drawing) drawing.seen = isIntersecting;
    }
  },
  // what is about to be scrolled into view is drawn when it comes
  { rootMargin: "200px" },
);
let begun = false;
let lastData = -Infinity;

/** Draws `element` in every frame in which it can be seen. Answers with what ends it. */
export function onFrame(element: Element, draw: () => void, movedBy: MovedBy = "data"): () => void {
  begin();
  // until the watcher has looked, so that nothing is ever shown empty
  drawings.set(element, { draw, movedBy, seen: true });
  watcher.observe(element);
  return () => {
    watcher.unobserve(element);
    drawings.delete(element);
  };
}

/** Runs at the end of every frame; `drawn` says whether the data was drawn in it. */
export function afterFrame(run: (drawn: boolean) => void): () => void {
  begin();
  after.add(run);
  return () => void after.delete(run);
}

function begin(): void {
  if (!begun) requestAnimationFrame(frame);
  begun = true;
}

function frame(now: number): void {
  requestAnimationFrame(frame);
  const drawn = !still.matches || now - lastData >= STILL_MS;
  if (drawn) lastData = now;
  for (const { draw, movedBy, seen } of drawings.values())
    if (seen && (drawn || movedBy === "hand")) draw();
  for (const run of after) run(drawn);
}
