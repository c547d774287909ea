// Sends jobs: work from the list of the hub's server, how many, and of which priority.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { PRIORITIES, QUEUE, type Mix } from "../../jobs.ts";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { count } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { FIRST_MIX, readCount, totalOf, withCount, withTotal } from "./mix.ts";

export function SendPanel({ d }: { d: Dashboard }): JSX.Element {
  const [title, workId, countId] = [useId(), useId(), useId()];
  const { offers } = useStore(d.jobs.crew);
  const [chosen, choose] = useState<string>();
  const [mix, setMix] = useState<Mix>(FIRST_MIX);
  const work = offers.find(({ id }) => id === chosen) ?? offers[0];
  return (
    <section class="w2 full send" aria-labelledby={title}>
      <div class="head">
        <h2 id={title}>Send jobs</h2>
        <code class="topic">{QUEUE}</code>
      </div>
      <div class="field">
        <label for={workId}>Work</label>
        <span class="sel">
          <select
            id={workId}
            class="in"
            value={work?.id}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {offers.map(({ id, title: words, files }) => (
              <option key={id} value={id}>
                {words}, {count(files)} {files === 1 ? "file" : "files"}
              </option>
            ))}
          </select>
        </span>
        <label for={countId}>Jobs</label>
        <CountInput
          id={countId}
          value={totalOf(mix)}
          change={(total) => setMix(withTotal(mix, total))}
        />
        <span class="label">Priorities</span>
        <div class="mix" role="group" aria-label="Priorities">
          {PRIORITIES.map(({ name, priority, colour }, i) => (
            <label key={name}>
              <span>
                <i class={`cell ready ${colour}`} />
                {name} {priority}
              </span>
              <CountInput
                value={mix[i] ?? 0}
                change={(value) => setMix(withCount(mix, i, value))}
              />
            </label>
          ))}
        </div>
      </div>
      <SendActions d={d} work={work?.id} mix={mix} />
    </section>
  );
}

interface CountInputProps {
  readonly id?: string;
  readonly value: number;
  readonly change: (value: number) => void;
}

/** What is typed and is no number changes nothing, and is gone when the field is left. */
function CountInput({ id, value, change }: CountInputProps): JSX.Element {
  const [typed, setTyped] = useState<string>();
  return (
    <input
      {...(id !== undefined && { id })}
      class="in"
      inputMode="numeric"
      autocomplete="off"
      value={typed ?? count(value)}
      aria-invalid={typed !== undefined && readCount(typed) === undefined}
      onInput={({ currentTarget: { value: text } }) => {
        setTyped(text);
        const read = readCount(text);
        if (read !== undefined) change(read);
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}

interface ActionProps {
  readonly d: Dashboard;
  readonly work: string | undefined;
  readonly mix: Mix;
}

function SendActions({ d, work, mix }: ActionProps): JSX.Element {
  const { jobs } = d;
  const connected = isConnected(useStore(d.connection.link));
  const sending = useStore(jobs.isSending);
  const paused = useStore(jobs.isPaused);
  const total = totalOf(mix);
  const canSend = connected && !sending && work !== undefined && total > 0 && total <= 10_000;
  const words = `Send ${total === 1 ? "1 job" : `${count(total)} jobs`}`;
  return (
    <>
      <div class="actions">
        <button
          class="btn main"
          aria-disabled={!canSend}
          onClick={() => canSend && void jobs.send(work, mix)}
        >
          {sending ? "Sending…" : words}
        </button>
        <button
          class="btn"
          aria-disabled={!connected}
          onClick={() => connected && void jobs.pause()}
        >
          {paused ? "Resume" : "Pause"}
        </button>
      </div>
      <p class="note">
        {paused
          ? "Paused: jobs are taken in, and none is given out before Resume."
          : "The button answers when all of them are on disk."}
      </p>
    </>
  );
}
