// The foot of the page: the last thing that happened, and what comes in. Always there, so that news never move anything.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { count } from "../numbers/digits.ts";
import { clockTime } from "../numbers/times.ts";
import { BYTES_PER_SECOND, Unit } from "../numbers/units.ts";
import { useStore } from "../store.ts";
import { Again } from "./connection-panel.tsx";
import { Live } from "./live.tsx";

export function StatusLine({ d }: { d: Dashboard }): JSX.Element {
  const item = useStore(d.news.item);
  const held = useStore(d.view.held) !== undefined;
  useStore(d.host.name);
  const bytes = useMemo(() => new Unit(BYTES_PER_SECOND), []);
  const topics = () => ({ text: count(d.host.figures.topics.size), unit: "topics" });
  return (
    <footer class="line">
      {held && <b class="held">Held</b>}
      <p
        class="said"
        role="status"
        aria-label="News"
        aria-live={item?.urgent ? "assertive" : "polite"}
      >
        {item && (
          <>
            <b class="n">{clockTime(item.at)}</b>
            {"\u2002"}
            {item.sentence}
          </>
        )}
      </p>
      <Again d={d} class="btn small" />
      <code class="wide">{d.host.topic("**")}</code>
      <span class="wide">
        <Live of={topics} />
      </span>
      <span class="wide">
        <Live of={() => bytes.format(d.bytesIn.rate(performance.now()))} digits={9} class="r" /> in
      </span>
    </footer>
  );
}
