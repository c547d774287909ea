// Who is watching: every open tab, and what is done in it.
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { useStore } from "../store.ts";
import { WATCHED } from "./watching.ts";

/** More than that are told by their number. */
const ROWS_MAX = 8;

export function WatchingPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { watching } = d;
  const connected = isConnected(useStore(d.connection.link));
  const rows = useStore(watching.rows);
  const count = useStore(watching.count);
  const own = useStore(watching.own);
  const error = useStore(watching.error);
  const more = rows.length - ROWS_MAX;
  return (
    <section aria-labelledby={id} data-hub={connected ? "live" : "stale"}>
      <div class="head">
        <h2 id={id}>Who is watching</h2>
        <code class="topic">$presence.{WATCHED}</code>
        <p class="legend">
          <b class="n">{count}</b>
        </p>
      </div>
      {error === undefined ? (
        <ul class="who">
          <Who colour={watching.me.colour} name="you, this tab" note={own} />
          {rows.slice(0, ROWS_MAX).map(({ tab, ...row }) => (
            <Who key={tab} {...row} />
          ))}
          {more > 0 && <li class="note">and {more} more</li>}
        </ul>
      ) : (
        <p class="note">{error}</p>
      )}
    </section>
  );
}

function Who(who: { colour: string; name: string; note: string; hasLeft?: boolean }): JSX.Element {
  return (
    <li class={who.hasLeft ? "left" : who.colour}>
      <i />
      <span>{who.name}</span>
      <span class="note">{who.note}</span>
    </li>
  );
}
