// The top of the page: where one is, what machine this is, and the controls that are the same everywhere.
import type { JSX } from "preact";
import type { Dashboard } from "../dashboard.ts";
import { decimals } from "../numbers/digits.ts";
import { uptime } from "../numbers/times.ts";
import { useStore } from "../store.ts";
import { switchTheme } from "../theme.ts";
import { Badge } from "./badge.tsx";
import { useLive } from "./live.tsx";
import { Tabs } from "./tabs.tsx";

export function Bar({ d }: { d: Dashboard }): JSX.Element {
  const name = useStore(d.host.name);
  return (
    <header class="bar">
      <div class="mark">
        <svg width="20" height="16" viewBox="0 0 20 16" aria-hidden="true">
          <path d="M1 8h5M6 8C11 8 11 2 19 2M6 8h13M6 8c5 0 5 6 13 6" />
        </svg>
        <h1>
          <span class="product">fanwire</span>
          <span class="host-name">{name ?? "fanwire"}</span>
        </h1>
      </div>
      <Tabs view={d.view} />
      <Machine d={d} />
      <div class="controls">
        <WindowChoice d={d} />
        <Badge d={d} />
        <button
          class="icon"
          aria-label="Switch between light and dark"
          aria-keyshortcuts="t"
          onClick={switchTheme}
        >
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
            <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M7 1.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
          </svg>
        </button>
      </div>
    </header>
  );
}

function Machine({ d }: { d: Dashboard }): JSX.Element {
  const name = useStore(d.host.name);
  const about = d.host.figures;
  const cores = useLive(() => about.about?.cores);
  const memory = useLive(() => about.about && `${decimals(about.about.memory / 2 ** 30, 1)} GiB`);
  const system = useLive(
    () => about.about && `${about.about.os} ${shortRelease(about.about.kernel)}`,
  );
  const up = useLive(() => about.about && `up ${uptime(about.about.uptimeMs)}`);
  return (
    <div class="machine">
      {name && <b>{name}</b>}
      {cores !== undefined && <span>{cores === 1 ? "1 core" : `${cores} cores`}</span>}
      {[memory, system, up].map(
        (part, i) =>
          part !== undefined && (
            <span key={i} class="roomy">
              {part}
            </span>
          ),
      )}
    </div>
  );
}

/** "6.1" of "6.1.0-18-amd64": the rest is for those who look it up. */
const shortRelease = (kernel: string): string => /^\d+\.\d+/.exec(kernel)?.[0] ?? kernel;

function WindowChoice({ d }: { d: Dashboard }): JSX.Element {
  const span = useStore(d.view.span);
  return (
    <div class="seg" role="group" aria-label="Window">
      {([60, 600] as const).map((seconds) => (
        <button
          key={seconds}
          aria-pressed={span === seconds}
          aria-keyshortcuts="w"
          onClick={() => d.view.span.set(seconds)}
        >
          {seconds === 60 ? "60 s" : "10 m"}
        </button>
      ))}
    </div>
  );
}
