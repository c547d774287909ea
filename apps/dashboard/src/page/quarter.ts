// Text changes at most four times a second, whatever the data does.

const QUARTER_MS = 250;
const runs = new Set<() => void>();
const texts = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Runs now and then every quarter of a second, while the page can be seen. Answers with what ends it. */
export const everyQuarter = (run: () => void): (() => void) => add(runs, run);

/** The same for what writes figures: they also follow the visitor's own hand at once. */
export const onText = (run: () => void): (() => void) => add(texts, run);

export function refreshText(): void {
  for (const run of texts) run();
}

function add(to: Set<() => void>, run: () => void): () => void {
  timer ??= setInterval(quarter, QUARTER_MS);
  to.add(run);
  run();
  return () => {
    to.delete(run);
    if (runs.size + texts.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function quarter(): void {
  if (document.hidden) return;
  for (const run of runs) run();
  refreshText();
}
