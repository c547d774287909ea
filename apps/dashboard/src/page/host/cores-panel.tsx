// Every core: a line each as long as there is digits for lines, a strip of shade each beyond.
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { cleared } from "../chart/canvas.ts";
import { Pace } from "../chart/pace.ts";
import { paletteVersion } from "../chart/palette.ts";
import { drawSpark, type SparkBox } from "../chart/spark.ts";
import { drawStrips } from "../chart/strips.ts";
import type { Dashboard } from "../dashboard.ts";
import { onFrame } from "../frames.ts";
import { wholePercent } from "../numbers/digits.ts";
import { Live, useLive } from "../view/live.tsx";
import { shown } from "./read.ts";
import { TopicName } from "./topic-name.tsx";

const LINES_MAX = 16;
const ONE_COLUMN_MAX = 8;

export function CoresPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { figures } = d.host;
  // before the first figures the number of cores is not known, and nothing is drawn for them
  const cores = useLive(() => [...figures.cores.keys()].join(" "));
  const numbers = cores === "" ? [] : cores.split(" ").map(Number);
  return (
    <section class="w2 full host cores-panel" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>Cores</h2>
        <TopicName d={d} rest="cpu.*" />
      </div>
      {numbers.length > LINES_MAX ? (
        <Strips d={d} count={numbers.length} />
      ) : (
        <Lines d={d} numbers={numbers} key={cores} />
      )}
    </section>
  );
}

function Lines({ d, numbers }: { d: Dashboard; numbers: readonly number[] }): JSX.Element {
  const { figures } = d.host;
  const list = useRef<HTMLUListElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const [element, around] = [canvas.current, list.current];
    if (!element || !around) return;
    let boxes: readonly SparkBox[] = [];
    const sizes = new ResizeObserver(() => (boxes = places(around)));
    sizes.observe(around);
    const due = pacedBy(d);
    const stop = onFrame(element, () => {
      if (!due(element, boxes[0]?.width)) return;
      const { g } = cleared(element);
      const to = d.view.edge();
      const window = { from: to - d.view.span.get() * 1000, to, top: 100 };
      boxes.forEach((box, i) => {
        const track = figures.cores.get(numbers[i] ?? -1);
        if (track) drawSpark(g, box, track, window);
      });
    });
    return () => {
      stop();
      sizes.disconnect();
    };
  }, []);
  const columns = numbers.length > ONE_COLUMN_MAX ? 2 : 1;
  const rows = Math.max(1, Math.ceil(numbers.length / columns));
  return (
    <div class="cores-box" style={{ "--rows": rows, "--columns": columns }}>
      <canvas ref={canvas} role="img" aria-label="Each core, over the window" />
      <ul class="cores" ref={list}>
        {numbers.map((core) => (
          <li key={core}>
            <span class="n">
              <span class="vh">Core </span>
              {core}
            </span>
            <span class="slot" />
            <Live
              class="value"
              of={() => wholePercent(shown(figures.cores.get(core), 0, d.view))}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where the lines go: the empty slots of the list, which the style sheet lays out. */
function places(list: HTMLElement): SparkBox[] {
  return [...list.querySelectorAll<HTMLElement>(".slot")].map((slot) => ({
    x: slot.offsetLeft,
    y: slot.offsetTop,
    width: slot.offsetWidth,
    height: slot.offsetHeight,
  }));
}

/** All cores are told together, so the tick of all of them stands for each. */
function pacedBy({
  view,
  host,
}: Dashboard): (canvas: HTMLCanvasElement, width?: number) => boolean {
  const pace = new Pace();
  return ({ clientWidth, clientHeight }, width = 1) => {
    const spanMs = view.span.get() * 1000;
    const size = [clientWidth, clientHeight, width, devicePixelRatio];
    const state = [host.figures.cpu.newest, spanMs, ...size, paletteVersion()].join();
    return pace.due(view.edge(), spanMs / width, state);
  };
}

const stripHeight = (cores: number): number => (cores > 64 ? 4 : 8);

function Strips({ d, count }: { d: Dashboard; count: number }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const due = pacedBy(d);
    return onFrame(element, () => {
      if (!due(element, element.clientWidth / 2)) return;
      const to = d.view.edge();
      const from = to - d.view.span.get() * 1000;
      drawStrips(cleared(element), d.host.figures.cores, { from, to }, stripHeight(count));
    });
  }, [count]);
  const height = Math.ceil(count / 2) * stripHeight(count);
  return (
    <div class="cores-box">
      <canvas
        ref={canvas}
        class="strips"
        role="img"
        style={{ height: `${height}px` }}
        aria-label={`${count} cores, a strip each, the busier the brighter`}
      />
    </div>
  );
}
