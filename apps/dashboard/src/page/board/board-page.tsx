// The Board page: what one draws or writes here appears on all open tabs at once.
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { AccessPanel } from "../access/access-panel.tsx";
import type { Dashboard } from "../dashboard.ts";
import { onFrame } from "../frames.ts";
import { useStore } from "../store.ts";
import { ConnectionDetails } from "../view/connection-panel.tsx";
import { WatchingPanel } from "../watching/watching-panel.tsx";
import type { Board } from "./board.ts";
import { TEXT_MAX } from "./payloads.ts";
import { Surface } from "./surface.ts";

export function BoardPage({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { me } = d.board;
  return (
    <div class="sheet">
      <section class="w4 board" aria-labelledby={id}>
        <div class="head">
          <h2 id={id}>Board</h2>
          <code class="topic">board.*</code>
          <p class="legend">
            <span class={me.colour}>
              <i />
              you are {me.name}
            </span>
          </p>
        </div>
        <Drawing board={d.board} />
        <div class="write">
          <TextLine board={d.board} />
          <button class="btn" onClick={() => d.board.clear()}>
            Clear the board
          </button>
        </div>
      </section>
      <aside class="w2 full rail">
        <WatchingPanel d={d} />
        <ConnectionDetails d={d} />
        <AccessPanel d={d} />
      </aside>
    </div>
  );
}

function Drawing({ board }: { board: Board }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface>(undefined);
  useEffect(() => {
    if (!canvas.current) return;
    const made = new Surface(canvas.current, board);
    surface.current = made;
    return onFrame(canvas.current, () => made.draw(), "hand");
  }, []);
  const point = (event: PointerEvent) => surface.current?.point(event);
  return (
    <canvas
      ref={canvas}
      class="surface"
      role="img"
      aria-label="Shared drawing"
      onPointerDown={point}
      onPointerMove={point}
    />
  );
}

function TextLine({ board }: { board: Board }): JSX.Element {
  const text = useStore(board.text);
  return (
    <input
      class="in"
      aria-label="Write to all open tabs"
      placeholder="Write to all open tabs"
      maxLength={TEXT_MAX}
      autocomplete="off"
      value={text}
      onInput={(event) => board.write(event.currentTarget.value)}
    />
  );
}
