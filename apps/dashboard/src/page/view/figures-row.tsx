// The figures of the hub: the product's promise, before the machine.
import type { ComponentChildren, JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { count, decimals, NOTHING, threeDigits, type Figure } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { Live } from "./live.tsx";
import { Spark } from "./spark.tsx";

/** What the hub tells once a second holds until it tells the next. */
const HOLD_MS = 1_800;
/** A rate that hardly changes shows as a flat line in the middle, not as its noise. */
const aboveHalf = (peak: number): number => Math.max(1, peak * 1.6);

export function FiguresRow({ d }: { d: Dashboard }): JSX.Element {
  const { hub, view } = d;
  const newest = useMemo(() => view.unlessHeld(() => hub.newest), []);
  return (
    <>
      <DelayFigure d={d} />
      <FigurePanel title="Publications" figure={() => rate(newest().publicationsPerSecond)}>
        <Spark
          label="Publications, last 60 s"
          lastMinute
          view={view}
          top={aboveHalf}
          holdMs={HOLD_MS}
          track={() => hub.publications}
        />
      </FigurePanel>
      <FigurePanel title="Deliveries" figure={() => rate(newest().deliveriesPerSecond)}>
        <Spark
          label="Deliveries, last 60 s"
          lastMinute
          view={view}
          top={aboveHalf}
          holdMs={HOLD_MS}
          track={() => hub.deliveries}
        />
      </FigurePanel>
      <FigurePanel title="Sessions" figure={() => whole(newest().sessions)}>
        <p class="sub">
          <Live of={() => topics(newest().topics)} />
        </p>
      </FigurePanel>
      <FigurePanel title="Loop delay p99" figure={() => milliseconds(newest().loopDelayP99Ms)}>
        <Spark
          label="Loop delay, last 60 s"
          lastMinute
          view={view}
          top={(peak) => Math.max(2, peak * 1.2)}
          holdMs={HOLD_MS}
          track={() => hub.loop}
        />
      </FigurePanel>
    </>
  );
}

function DelayFigure({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const late = useStore(d.connection.link).is === "behind";
  const [p50, p99] = useMemo(
    () => [0, 1].map((column) => d.view.unlessHeld(() => d.delays.last(column))),
    [],
  );
  return (
    <section class={`fig w2 ${late ? "late" : ""}`} aria-labelledby={id}>
      <h2 id={id}>Publish to screen</h2>
      <div class="split">
        <div>
          <Live of={() => milliseconds(p50?.())} class="big" digits={5} />
          <p class="key c1">
            <i />
            p50
          </p>
        </div>
        <div>
          <Live of={() => milliseconds(p99?.())} class="big" digits={5} />
          <p class="key c2">
            <i />
            p99
          </p>
        </div>
        <Spark
          label="Publish to screen, last 60 s"
          lastMinute
          view={d.view}
          top={(peak) => Math.max(10, peak * 1.1)}
          track={() => d.delays}
        />
      </div>
    </section>
  );
}

interface FigurePanelProps {
  readonly title: string;
  readonly figure: () => Figure;
  readonly children: ComponentChildren;
}

export function FigurePanel({ title, figure, children }: FigurePanelProps): JSX.Element {
  const id = useId();
  return (
    <section class="fig w1" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <Live of={figure} class="big" />
      {children}
    </section>
  );
}

const rate = (value = NaN): Figure => ({
  ...whole(value),
  unit: Number.isFinite(value) ? "/s" : "",
});
const whole = (value = NaN): Figure =>
  Number.isFinite(value) ? { text: count(value), unit: "" } : NOTHING;

const topics = (value = NaN): Figure => ({
  ...whole(value),
  unit: value === 1 ? "topic" : "topics",
});

/** The hub stamps whole milliseconds: more than a tenth of one would be invented. */
function milliseconds(value = NaN): Figure {
  if (!Number.isFinite(value)) return NOTHING;
  if (value >= 1_000) return { text: threeDigits(value / 1000), unit: "s" };
  return { text: decimals(value, value < 99.95 ? 1 : 0), unit: "ms" };
}
