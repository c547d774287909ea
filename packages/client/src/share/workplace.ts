// The relay in a SharedWorker: one for each hub and name that its tabs ask for.

import { platform } from "../runtime.ts";
import { watchTab } from "./meeting.ts";
import type { Cable } from "./cable.ts";
import type { FromRelay, FromTab, Here } from "./port.ts";
import { openRelay, type Relay } from "./relay.ts";

/** What a tab says first. */
interface Hello {
  readonly kind: "hello";
  readonly name: string;
  readonly tab: string;
  readonly token: string | boolean;
  readonly url: string;
  readonly idleMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** What a relay in a worker is opened with. */
export type Terms = Omit<Hello, "kind" | "tab">;

const relays = new Map<string, Relay>();

function relayOf({ name, token, ...settings }: Terms): Relay {
  let relay = relays.get(name);
  if (!relay) {
    relay = openRelay({ ...settings, Socket: WebSocket }, token, platform, () =>
      relays.delete(name),
    );
    relays.set(name, relay);
  }
  return relay;
}

/** Serves a tab of the worker: what the first message asks for. */
export function serve(port: MessagePort): void {
  let hear: ((told: FromTab) => void) | undefined;
  const stop = new AbortController();

  function welcome(hello: Hello): void {
    hear = relayOf(hello).attach({ post: (told) => port.postMessage(told) });
    watchTab(navigator.locks, hello.name, hello.tab, stop.signal, () => hear?.({ kind: "bye" }));
    port.postMessage({ kind: "here" } satisfies Here);
  }

  port.addEventListener("message", ({ data }: MessageEvent<FromTab | Hello>) => {
    if (data.kind === "hello") welcome(data);
    else if (hear) hear(data);
    if (data.kind === "bye") stop.abort();
  });
  port.start();
}

/** Plugs `cable` into the worker, with the lock of a tab held, until the signal is aborted. `failed`: there is no such worker. */
export function work(
  worker: SharedWorker,
  tab: string,
  terms: Terms,
  cable: Cable,
  signal: AbortSignal,
  failed: () => void,
): void {
  const { port } = worker;
  const post = (told: FromTab | Hello): void => port.postMessage(told);
  let receive: ((told: FromRelay) => void) | undefined;
  const stop = (): void => {
    post({ kind: "bye" });
    port.close();
  };
  port.addEventListener("message", ({ data }: MessageEvent<FromRelay | Here>) => {
    if (data.kind !== "here") receive?.(data);
    else receive ??= cable.plug({ post });
  });
  worker.addEventListener("error", () => {
    if (receive || signal.aborted) return;
    signal.removeEventListener("abort", stop);
    port.close();
    failed();
  });
  port.start();
  signal.addEventListener("abort", stop);
  post({ kind: "hello", tab, ...terms });
}
