// The processes that scenarios about clients have beside a server: the client, the relay before the server, a browser.

import { Child, nodeCommand } from "../child.ts";
import { passed } from "../in-turn.ts";
import { GENERATOR_CORE, SERVER_CORE } from "../lab.ts";
import type { Taken } from "../sdk/meter.ts";
import type { SdkName } from "../sdk/sdks.ts";

/** Starts processes; they are stopped when the task is done, however it went. */
export async function withParts<T>(task: (parts: Parts) => Promise<T>): Promise<T> {
  const parts = new Parts();
  try {
    return await task(parts);
  } finally {
    await parts.stop();
  }
}

/** Where clients run. */
export type Place = "Node" | "Chromium";

/** A client that is looked at. */
export interface Patient {
  readonly child: Child;
  open(name: SdkName, port: number): Promise<void>;
  follow(topics: readonly string[]): Promise<void>;
  taken(): Promise<number>;
  measure(ms: number): Promise<Taken>;
}

/** What was started. */
export class Parts {
  readonly #children: Child[] = [];

  relay(): Child {
    const file = new URL("../relay/main.ts", import.meta.url);
    return this.#add(new Child("the relay", nodeCommand(file), SERVER_CORE));
  }

  /** A client in Node. `core`: where it is not alone there. */
  client(core: number = GENERATOR_CORE): Child {
    const file = new URL("../sdk/node.ts", import.meta.url);
    return this.#add(new Child("the client", nodeCommand(file, "--expose-gc"), core));
  }

  /** A browser, on all cores: it is many processes. */
  browser(): Child<{ readonly origin: string }> {
    const file = new URL("../browser/main.ts", import.meta.url);
    return this.#add(new Child("the browser", nodeCommand(file), undefined, 60_000));
  }

  async patient(place: Place): Promise<Patient> {
    if (place === "Chromium") return inBrowser(this.browser());
    const child = this.client();
    return {
      child,
      open: (name, port) => child.ask("open", { name, port }),
      follow: (topics) => child.ask("follow", topics),
      taken: () => child.ask("taken"),
      measure: (ms) => child.ask("measure", ms),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  #add<C extends Child>(child: C): C {
    this.#children.push(child);
    return child;
  }
}

async function inBrowser(child: Child): Promise<Patient> {
  await child.ready;
  await child.ask("show", "meter");
  const call = <T = void>(name: string, ...given: unknown[]): Promise<T> =>
    child.ask("call", { name, with: given });
  return {
    child,
    open: (name, port) => call("open", name, port),
    follow: (topics) => call("follow", topics),
    taken: () => call("taken"),
    measure: (ms) => child.ask("measure", ms),
  };
}

/** How often it is looked whether something has come, in milliseconds. */
const LOOK_MS = 5;

/** Resolves with what it is in the end: as soon as it is as much as wanted, or when nothing has come for so long. */
export async function reached(
  read: () => Promise<number>,
  wanted: number,
  patienceMs = 10_000,
  before: number = Number.NaN,
  movedAt: number = performance.now(),
): Promise<number> {
  const now = await read();
  const at = performance.now();
  if (now >= wanted || (now === before && at - movedAt > patienceMs)) return now;
  await passed(LOOK_MS);
  return reached(read, wanted, patienceMs, now, now === before ? movedAt : at);
}
