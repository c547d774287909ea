// The state of the connection, on every page; a press opens the panel that tells more.
import type { JSX } from "preact";
import type { Dashboard } from "../dashboard.ts";
import { linkWords } from "../data/link.ts";
import { useStore } from "../store.ts";
import { Glyph } from "./glyph.tsx";

export const BADGE_ID = "badge";

export function Badge({ d }: { d: Dashboard }): JSX.Element {
  const link = useStore(d.connection.link);
  const open = useStore(d.view.panelOpen);
  const { shown, spoken } = linkWords(link);
  // what is shown counts down; only a change of what is spoken is said
  const differs = shown !== spoken;
  return (
    <div role="status" aria-label="Connection" class="badge-place">
      <button
        id={BADGE_ID}
        class="badge"
        data-link={link.is}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-keyshortcuts="c"
        onClick={() => d.view.panelOpen.set(!open)}
      >
        <Glyph is={link.is} />
        <span class="words" aria-hidden={differs}>
          {shown}
        </span>
        {differs && <span class="vh">{spoken}</span>}
      </button>
    </div>
  );
}
