// The account: it must add up.
import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { count, NOTHING } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { Live, useLive } from "../view/live.tsx";
import type { Account } from "./account.ts";

const ROWS: readonly (readonly [name: keyof Account, words: string])[] = [
  ["sent", "Sent"],
  ["done", "Done"],
  ["inWork", "In work"],
  ["ready", "Ready"],
  ["waiting", "Failed, waits"],
  ["dead", "Dead"],
];

export function AccountPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { jobs, view } = d;
  const account = useMemo(() => view.unlessHeld(() => jobs.account), []);
  const isWhole = useStore(jobs.isWhole);
  const isDead = useLive(() => jobs.refusal.get() === undefined && jobs.account.dead > 0);
  const connected = isConnected(useStore(d.connection.link));
  const row = (name: keyof Account, words: string) => (
    <tr key={name} class={name === "unaccounted" ? "sum" : ""}>
      <th scope="row">{words}</th>
      <td>
        <Live of={() => (isWhole ? { text: count(account()[name]), unit: "" } : NOTHING)} />
      </td>
    </tr>
  );
  return (
    <section class="w2 full host account" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>Account</h2>
        <code class="topic">jobs.done</code>
        {isDead && (
          <button
            class="btn small redrive"
            aria-disabled={!connected}
            onClick={() => connected && void jobs.redrive()}
          >
            Redrive the dead
          </button>
        )}
      </div>
      <table class="ledger" aria-labelledby={id}>
        <tbody>
          {ROWS.map(([name, words]) => row(name, words))}
          {row("unaccounted", "Unaccounted for")}
          {row("twice", "Done more than once")}
        </tbody>
      </table>
    </section>
  );
}
