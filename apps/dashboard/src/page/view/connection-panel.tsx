// The connection in numbers, and the visitor's orders to cut it.
import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { CutMs, LastCut } from "../connection.ts";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { count, decimals, NOTHING, type Figure } from "../numbers/digits.ts";
import { lastedExactly } from "../numbers/times.ts";
import { useStore } from "../store.ts";
import { BADGE_ID } from "./badge.tsx";
import { Live } from "./live.tsx";

/** What stands in the panel, wherever the panel is. */
export function ConnectionDetails({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const connected = isConnected(useStore(d.connection.link));
  return (
    <section aria-labelledby={id} data-hub={connected ? "live" : "stale"}>
      <div class="head">
        <h2 id={id}>Connection</h2>
        <code class="topic">{location.host}</code>
      </div>
      <dl>
        <dt>Session</dt>
        <dd>
          <code>
            <Live class="session" of={() => session(d)} />
          </code>
        </dd>
        <dt>Round trip</dt>
        <dd>
          <Live of={() => milliseconds(d.clock.estimate?.roundTripMs)} />
        </dd>
        <dt>Clock difference</dt>
        <dd>
          <Live of={() => milliseconds(d.clock.estimate?.differenceMs, "+")} />
        </dd>
        <dt>Last cut</dt>
        <dd>
          <Live of={() => lastCut(d.connection.lastCut.get())} />
        </dd>
        <dt>Gaps in this tab</dt>
        <dd>
          <Live of={() => ({ text: count(d.connection.missed.gaps), unit: "" })} />
        </dd>
      </dl>
      <Orders d={d} />
    </section>
  );
}

function Orders({ d }: { d: Dashboard }): JSX.Element {
  const link = useStore(d.connection.link);
  if (link.is === "denied" || link.is === "ended")
    return (
      <>
        <p class="note">{link.sentence}</p>
        <Again d={d} class="btn main" />
      </>
    );
  const connected = isConnected(link);
  // a button that goes out would take the focus with it
  const order = (run: () => Promise<void>) => ({
    "aria-disabled": !connected,
    onClick: () => void run(),
  });
  const cut = (ms: CutMs) => order(() => d.connection.cut(ms));
  return (
    <>
      <div class="acts">
        <button class="btn" {...cut(0)}>
          Cut my connection
        </button>
        <button class="btn" {...cut(10_000)}>
          Cut for 10 s
        </button>
        <button class="btn danger row" {...order(() => d.connection.kill())}>
          Kill the hub
        </button>
      </div>
      <p class="note">
        Kill −9, started again at once. Every tab comes back by itself: the board is on disk, ten
        minutes of this machine are in memory alone. Development only.
      </p>
    </>
  );
}

/** The way back from a connection that does not come back by itself. */
export function Again({ d, class: name }: { d: Dashboard; class: string }): JSX.Element | null {
  const link = useStore(d.connection.link);
  if (link.is !== "denied" && link.is !== "ended") return null;
  return (
    <button class={name} onClick={() => d.connection.again()}>
      {link.is === "denied" ? "Try again" : "Reconnect"}
    </button>
  );
}

/** Under the badge, on every page. */
export function ConnectionPanel({ d }: { d: Dashboard }): JSX.Element | null {
  const open = useStore(d.view.panelOpen);
  const panel = useRef<HTMLDivElement>(null);
  // at once, or the next key would go elsewhere
  useLayoutEffect(() => {
    if (!open) return;
    const before = document.activeElement;
    panel.current?.focus();
    const outside = (event: PointerEvent) => {
      const target = event.target as Element;
      if (!panel.current?.contains(target) && !target.closest(`#${BADGE_ID}`))
        d.view.panelOpen.set(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      const inside =
        document.activeElement === document.body || panel.current?.contains(document.activeElement);
      if (inside && before instanceof HTMLElement) before.focus();
    };
  }, [open]);
  if (!open) return null;
  return (
    <div ref={panel} class="pop" role="dialog" aria-label="Connection" tabIndex={-1}>
      <ConnectionDetails d={d} />
    </div>
  );
}

function session({ client }: Dashboard): Figure {
  const status = client.status.get();
  return status.state === "live" ? { text: status.session, unit: "" } : NOTHING;
}

function milliseconds(value = NaN, plus = ""): Figure {
  if (!Number.isFinite(value)) return NOTHING;
  const sign = value > 0 ? plus : value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size >= 1_000) return { text: sign + decimals(size / 1000, 2), unit: "s" };
  return { text: sign + decimals(size, 1), unit: "ms" };
}

function lastCut(cut: LastCut | undefined): Figure {
  if (!cut) return { text: "none", unit: "" };
  const replayed = cut.replayed === undefined ? "" : `, ${count(cut.replayed)} replayed`;
  return { text: lastedExactly(cut.ms) + replayed, unit: "" };
}
