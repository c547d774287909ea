// The tabs of the bar, and the panels they open.
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { useStore } from "../store.ts";
import type { PageName, View } from "../view.ts";

export const PAGES: readonly { readonly name: PageName; readonly title: string }[] = [
  { name: "host", title: "Host" },
  { name: "board", title: "Board" },
  { name: "jobs", title: "Jobs" },
];

export function Tabs({ view }: { view: View }): JSX.Element {
  const page = useStore(view.page);
  const list = useRef<HTMLDivElement>(null);
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = PAGES.findIndex(({ name }) => name === page);
    const next = (at + step + PAGES.length) % PAGES.length;
    view.page.set(PAGES[next]?.name ?? page);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label="Pages" onKeyDown={key}>
      {PAGES.map(({ name, title }, i) => (
        <button
          key={name}
          role="tab"
          id={`tab-${name}`}
          aria-controls={`page-${name}`}
          aria-selected={page === name}
          aria-keyshortcuts={String(i + 1)}
          tabIndex={page === name ? 0 : -1}
          onClick={() => view.page.set(name)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

interface PanelProps {
  readonly view: View;
  readonly name: PageName;
  readonly children: () => ComponentChildren;
}

/** A page that is not shown is not there: it draws nothing, and its data goes on elsewhere. */
export function TabPanel({ view, name, children }: PanelProps): JSX.Element {
  const shown = useStore(view.page) === name;
  return (
    <div role="tabpanel" id={`page-${name}`} aria-labelledby={`tab-${name}`} hidden={!shown}>
      {shown && children()}
    </div>
  );
}
