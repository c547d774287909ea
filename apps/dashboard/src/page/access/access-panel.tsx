// Who may what: the visitor tries something, and the hub's answer stands beside it.
import type { JSX } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import type { Link } from "../data/link.ts";
import { useStore } from "../store.ts";
import { Glyph } from "../view/glyph.tsx";
import { rightWords } from "./rights.ts";
import { verdictWords, type Verdict } from "./verdict.ts";

/** The wire again: whole, barred, dashed, open. */
const WIRES: Readonly<Record<Verdict["is"], Link["is"]>> = {
  allowed: "live",
  refused: "denied",
  asking: "connecting",
  unknown: "waiting",
};

export function AccessPanel({ d }: { d: Dashboard }): JSX.Element {
  const [title, label, answer] = [useId(), useId(), useId()];
  const { access } = d;
  const status = useStore(d.client.status);
  const chosen = useStore(access.chosen);
  const session = status.state === "live" ? status.session : undefined;
  useStore(d.host.name);
  // a new connection may be another's, and what was asked over the last one is not answered any more
  useEffect(() => {
    void access.ask();
    return () => access.stop();
  }, [session]);
  return (
    <section aria-labelledby={title}>
      <div class="head">
        <h2 id={title}>Who may what</h2>
        <code class="topic">claim fanwire</code>
      </div>
      <dl>
        <dt>This tab is</dt>
        <dd>
          <code>{d.subject}</code>
        </dd>
      </dl>
      <div class="field">
        <label for={label}>Try to</label>
        <span class="sel">
          <select
            id={label}
            class="in"
            aria-describedby={answer}
            value={chosen}
            onChange={(event) => void access.choose(event.currentTarget.value)}
          >
            {access.rights.map((right) => (
              <option key={right.id} value={right.id}>
                {rightWords(right)}
              </option>
            ))}
          </select>
        </span>
      </div>
      <div class="answer">
        <Answer id={answer} d={d} />
        <button
          class="btn"
          aria-disabled={session === undefined}
          onClick={() => session !== undefined && void access.choose(chosen)}
        >
          Ask again
        </button>
      </div>
    </section>
  );
}

function Answer({ id, d }: { id: string; d: Dashboard }): JSX.Element {
  const verdict = useStore(d.access.verdict);
  const { word, code, sentence } = verdictWords(verdict);
  return (
    <div id={id} class="verdict" data-is={verdict.is}>
      <p>
        <Glyph is={WIRES[verdict.is]} />
        <b>{word}</b>
        {code && <code>{code}</code>}
      </p>
      <p class="note">{sentence}</p>
    </div>
  );
}
