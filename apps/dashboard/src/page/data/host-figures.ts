// What is known of the host: every publication of host.<name>.** finds its track here.
import type { About, Process, Stamp } from "../../publications.ts";
import { Track } from "./track.ts";

/** Ten a second: one missing second is silence. Once a second: three. */
const QUICK = { breakAfterMs: 1_000 };
const SLOW = { breakAfterMs: 3_000, capacity: 720 };

/** Whoever may publish here could name any number of them: what comes beyond is not kept. */
const CORES_MAX = 512;
const NAMES_MAX = 64;
const TOPICS_MAX = 2_000;

export interface ProcessRow extends Process {
  readonly track: Track;
}

/** At which end of the tracks. */
type End = "push" | "prepend";
type Payload = Readonly<Record<string, unknown>>;

export class HostFigures {
  /** Columns: all cores, the busiest one. */
  readonly cpu = new Track({ columns: 2, ...QUICK });
  /** By number, in the order of the numbers. */
  readonly cores = new Map<number, Track>();
  /** Columns: used, cache, both. */
  readonly memory = new Track({ columns: 3, ...QUICK });
  /** Columns: 1, 5 and 15 minutes. */
  readonly load = new Track({ columns: 3, ...QUICK });
  /** Columns: in, and out below zero. */
  readonly network = new Map<string, Track>();
  /** Columns: read, and written below zero. */
  readonly disk = new Map<string, Track>();
  readonly topics = new Set<string>();
  processes: readonly ProcessRow[] = [];
  about: About | undefined;
  memoryTotal = NaN;

  /** Answers with the publication's stamp, or undefined for what is none of the publisher's. */
  take(topic: string, data: unknown): Stamp | undefined {
    const stamp = stamped(data);
    if (!stamp) return undefined;
    const [, , kind = "", ...rest] = topic.split(".");
    if (this.topics.size < TOPICS_MAX) this.topics.add(topic);
    if (kind === "top") this.#keepProcesses(stamp.t, (data as Payload)["processes"]);
    else if (kind === "about") this.about = data as About;
    else this.#keep("push", kind, rest.join("."), stamp.t, data as Payload);
    return stamp;
  }

  /** A publication of before all that was taken; answers when that was. */
  recall(topic: string, data: unknown): number | undefined {
    const stamp = stamped(data);
    const [, , kind = "", ...rest] = topic.split(".");
    if (stamp && kind === "top") this.#recallProcesses(stamp.t, (data as Payload)["processes"]);
    else if (stamp) this.#keep("prepend", kind, rest.join("."), stamp.t, data as Payload);
    return stamp?.t;
  }

  /** Nothing is joined across a gap. */
  break(): void {
    for (const track of this.#tracks()) track.break();
  }

  #keep(end: End, kind: string, name: string, t: number, data: Payload): void {
    switch (kind) {
      case "cpu":
        return this.#keepCpu(end, name, t, data);
      case "memory":
        return this.#keepMemory(end, t, data);
      case "load":
        return this.load[end](
          t,
          number(data["one"]),
          number(data["five"]),
          number(data["fifteen"]),
        );
      case "net":
        return named(this.network, name)?.[end](t, number(data["in"]), -number(data["out"]));
      case "disk":
        return named(this.disk, name)?.[end](t, number(data["read"]), -number(data["write"]));
    }
  }

  #keepCpu(end: End, core: string, t: number, data: Payload): void {
    const busy = number(data["busy"]);
    if (core === "all") this.cpu[end](t, busy, number(data["busiest"]));
    else if (/^\d{1,4}$/.test(core)) this.#core(Number(core))?.[end](t, busy);
  }

  #core(core: number): Track | undefined {
    const known = this.cores.get(core);
    if (known || this.cores.size >= CORES_MAX) return known;
    this.cores.set(core, new Track({ columns: 1, ...QUICK }));
    const inOrder = [...this.cores].toSorted(([a], [b]) => a - b);
    this.cores.clear();
    for (const [n, track] of inOrder) this.cores.set(n, track);
    return this.#core(core);
  }

  #keepMemory(end: End, t: number, data: Payload): void {
    const [used, cache] = [number(data["used"]), number(data["cache"])];
    if (end === "push") this.memoryTotal = number(data["total"]);
    this.memory[end](t, used, cache, used + cache);
  }

  /** A process keeps its last minute while it stays among the busiest. */
  #keepProcesses(t: number, rows: unknown): void {
    if (!Array.isArray(rows)) return;
    const before = new Map(this.processes.map((row) => [row.pid, row]));
    this.processes = (rows as readonly Process[]).map((row) => {
      const known = before.get(row.pid);
      const track = known?.name === row.name ? known.track : new Track({ columns: 1, ...SLOW });
      track.push(t, number(row.cpu));
      const { pid, name, user, cpu, memory } = row;
      return { pid, name, user, cpu, memory, track };
    });
  }

  /** Those that are among the busiest now. */
  #recallProcesses(t: number, rows: unknown): void {
    if (!Array.isArray(rows)) return;
    for (const { pid, name, cpu } of rows as readonly Process[])
      this.processes
        .find((row) => row.pid === pid && row.name === name)
        ?.track.prepend(t, number(cpu));
  }

  *#tracks(): Iterable<Track> {
    yield* [this.cpu, this.memory, this.load];
    yield* this.cores.values();
    yield* this.network.values();
    yield* this.disk.values();
    for (const row of this.processes) yield row.track;
  }
}

/** The name of the host in one of its topics, still coded as a level. */
export const hostLevel = (topic: string): string => topic.split(".")[1] ?? "";

const number = (value: unknown): number => (typeof value === "number" ? value : NaN);

function stamped(data: unknown): Stamp | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { t, n } = data as Payload;
  return Number.isFinite(t) && Number.isFinite(n) ? (data as Stamp) : undefined;
}

/** Tracks of two columns, one above zero and one below. */
function named(tracks: Map<string, Track>, name: string): Track | undefined {
  const known = tracks.get(name);
  if (known || tracks.size >= NAMES_MAX) return known;
  tracks.set(name, new Track({ columns: 2, ...QUICK }));
  return tracks.get(name);
}
