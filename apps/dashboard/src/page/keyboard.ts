// Keys that work everywhere but where one types.
import type { Dashboard } from "./dashboard.ts";
import { switchTheme } from "./theme.ts";
import { PAGES } from "./view/tabs.tsx";

export const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["1 2 3", "Host, Board, Jobs"],
  ["w", "Window of 60 s or 10 m"],
  ["c", "Connection panel"],
  ["t", "Dark or light"],
  ["Space", "Hold the picture, let it go on"],
  ["← →", "In a chart: cursor by 1 s; in the tabs: next page"],
  ["?", "This list"],
  ["Esc", "Close"],
];

export function startKeyboard(d: Dashboard): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { view } = d;
    // an open dialog has its own keys, and one types into fields
    if (view.keysOpen.get() || isField(event.target)) return;
    const run = actions(d)[event.key] ?? page(d, event.key);
    if (!run || (event.key === " " && isControl(event.target))) return;
    event.preventDefault();
    run();
  });
}

function actions(d: Dashboard): Readonly<Record<string, () => void>> {
  const { view } = d;
  return {
    w: () => view.toggleSpan(),
    c: () => view.panelOpen.set(!view.panelOpen.get()),
    t: switchTheme,
    "?": () => view.keysOpen.set(true),
    Escape: () => view.panelOpen.set(false),
    " ": () => hold(d),
  };
}

function page({ view }: Dashboard, key: string): (() => void) | undefined {
  const found = PAGES[Number(key) - 1];
  return found && (() => view.page.set(found.name));
}

function hold({ view, news }: Dashboard): void {
  news.tell(
    view.toggleHeld() ? "The picture is held. Space lets it go on." : "The picture goes on.",
  );
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, select, textarea") !== null;

/** Where Space already means something. */
const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("button, a, summary") !== null;
