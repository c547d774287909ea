// A panel with a chart: title, topic, legend, plot.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Chart, type ChartContext } from "../chart/chart.ts";
import type { ChartSpec } from "../chart/spec.ts";
import { onFrame } from "../frames.ts";
import type { Figure } from "../numbers/digits.ts";
import { Live } from "./live.tsx";

export interface LegendEntry {
  readonly label: string;
  readonly colour: "c1" | "c2" | "c3";
  readonly value: () => Figure;
  readonly digits: number;
}

export interface ChartPanelProps {
  readonly title: string;
  readonly topic: ComponentChildren;
  readonly legend: readonly LegendEntry[];
  readonly spec: ChartSpec;
  readonly context: ChartContext;
  /** Where it stands in the sheet, and how high its plot is. */
  readonly class: string;
  /** Said instead of the chart. */
  readonly error?: string | undefined;
}

export function ChartPanel(props: ChartPanelProps): JSX.Element {
  const id = useId();
  const { title, topic, legend, spec, context, error } = props;
  return (
    <section class={props.class} aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>{title}</h2>
        {topic}
        <Legend entries={error === undefined ? legend : []} />
      </div>
      {error === undefined ? (
        <Plot title={title} spec={spec} context={context} />
      ) : (
        <p class="plot note">{error}</p>
      )}
    </section>
  );
}

function Legend({ entries }: { entries: readonly LegendEntry[] }): JSX.Element {
  return (
    <div class="legend">
      {entries.map(({ label, colour, value, digits }) => (
        <span key={label} class={colour}>
          <i />
          {label} <Live of={value} digits={digits} class="value" />
        </span>
      ))}
    </div>
  );
}

type PlotProps = Pick<ChartPanelProps, "title" | "spec" | "context">;

function Plot({ title, spec, context }: PlotProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  useEffect(() => {
    const host = element.current;
    if (!host) return;
    const made = new Chart(host, spec, context);
    chart.current = made;
    const sizes = new ResizeObserver(() => made.resize(host.clientWidth, host.clientHeight));
    sizes.observe(host);
    const stop = onFrame(host, () => made.draw());
    return () => {
      stop();
      sizes.disconnect();
      made.destroy();
    };
  }, [spec]);

  const label = () => element.current?.setAttribute("aria-label", spec.describe());
  const key = (event: KeyboardEvent) => {
    const seconds = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (seconds === undefined) return;
    event.preventDefault();
    chart.current?.moveCursor(seconds);
  };
  return (
    <div
      ref={element}
      class="plot"
      role="img"
      aria-label={title}
      tabIndex={0}
      onFocus={label}
      onBlur={() => chart.current?.leave()}
      onKeyDown={key}
      onPointerDown={(event) => touch(event, element.current, chart.current)}
      onPointerMove={(event) => touch(event, element.current, chart.current)}
      onPointerUp={(event) => event.pointerType === "touch" && chart.current?.leave()}
      onPointerCancel={(event) => event.pointerType === "touch" && chart.current?.leave()}
    />
  );
}

/** Press and drag; scrolling up and down stays with the page (touch-action). */
function touch(event: PointerEvent, host: HTMLElement | null, chart: Chart | undefined): void {
  if (event.pointerType !== "touch" || !host) return;
  // or the browser follows the tap with a mouse that never leaves
  if (event.type === "pointerdown") event.preventDefault();
  const plot = host.querySelector(".u-over");
  if (plot) chart?.pointAt(event.clientX - plot.getBoundingClientRect().left);
}
