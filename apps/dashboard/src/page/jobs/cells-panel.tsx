// A thousand jobs seen at once: what happens to them is seen as cells that change.
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { paletteVersion } from "../chart/palette.ts";
import { QUEUE } from "../../jobs.ts";
import type { Dashboard } from "../dashboard.ts";
import { onFrame } from "../frames.ts";
import { useStore } from "../store.ts";
import { useLive } from "../view/live.tsx";
import { drawCells } from "./cell-drawing.ts";

export function CellsPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const refusal = useStore(d.jobs.refusal);
  const isEmpty = useLive(() => d.jobs.sheet.size === 0);
  const sentence =
    refusal ??
    (isEmpty
      ? "No jobs were sent yet. Send some, start a worker, and kill it in the middle."
      : undefined);
  return (
    <section class="w4 host cells" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>Every job, one cell</h2>
        <code class="topic">$queue.{QUEUE}.*</code>
        <p class="legend wide">in the order they are due: urgent first</p>
      </div>
      {sentence === undefined ? <Cells d={d} /> : <p class="plot note">{sentence}</p>}
    </section>
  );
}

function Cells({ d }: { d: Dashboard }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [each, setEach] = useState(1);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let drawn = "";
    return onFrame(element, () => {
      // while the picture is held, jobs go on
      const held = d.view.held.get() !== undefined;
      const { clientWidth, clientHeight } = element;
      const look = [clientWidth, clientHeight, devicePixelRatio, paletteVersion()].join();
      const state = `${held ? "held" : d.jobs.sheet.changes} ${look}`;
      if (state === drawn || (held && drawn.endsWith(look))) return;
      drawn = state;
      setEach(drawCells(element, d.jobs.sheet.jobs));
    });
  }, []);
  return (
    <>
      <canvas
        ref={canvas}
        class="map"
        role="img"
        aria-label="One cell for each job; the account beside it gives the same in numbers"
      />
      <Keys d={d} each={each} />
    </>
  );
}

const KEYS: readonly (readonly [look: string, words: string])[] = [
  ["ready c2", "urgent"],
  ["ready c1", "normal"],
  ["ready c3", "low"],
  ["leased", "in work"],
  ["done", "done"],
  ["twice", "done twice"],
  ["delayed", "failed, waits"],
  ["dead", "dead"],
];

function Keys({ d, each }: { d: Dashboard; each: number }): JSX.Element {
  const isLost = useLive(() => d.jobs.isWhole.get() && d.jobs.account.unaccounted > 0);
  return (
    <ul class="keys-of-cells" aria-label="What cells mean">
      {KEYS.map(([look, words]) => (
        <li key={words}>
          <i class={`cell ${look}`} />
          {words}
        </li>
      ))}
      {isLost && (
        <li>
          <i class="cell lost" />
          unaccounted for
        </li>
      )}
      {each > 1 && <li>a cell is {each} jobs</li>}
    </ul>
  );
}
