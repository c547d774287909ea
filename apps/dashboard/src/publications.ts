// What is published under which topic: the words the publisher and the page share.

/** Every publication of the publisher carries its own time, in the hub's clock (ms since 1970), and a counter that
 *  grows by one with each, so that whoever was away can tell how many were missed. */
export interface Stamp {
  readonly t: number;
  readonly n: number;
}

/** Percent of one core that was not idle. Topic `host.<name>.cpu.<core>`. */
export interface Core extends Stamp {
  readonly busy: number;
}

/** The mean of all cores, and the busiest one. Topic `host.<name>.cpu.all`. */
export interface AllCores extends Stamp {
  readonly busy: number;
  readonly busiest: number;
}

/** Bytes. Topic `host.<name>.memory`. */
export interface Memory extends Stamp {
  readonly used: number;
  readonly cache: number;
  readonly total: number;
}

/** Mean number of runnable processes over 1, 5 and 15 minutes. Topic `host.<name>.load`. */
export interface Load extends Stamp {
  readonly one: number;
  readonly five: number;
  readonly fifteen: number;
}

/** Bytes a second. Topic `host.<name>.net.<interface>`. */
export interface Network extends Stamp {
  readonly in: number;
  readonly out: number;
}

/** Bytes a second. Topic `host.<name>.disk.<device>`. */
export interface Disk extends Stamp {
  readonly read: number;
  readonly write: number;
}

/** One row of the busiest processes; `cpu` in percent of one core, `memory` in bytes. */
export interface Process {
  readonly pid: number;
  readonly name: string;
  readonly user: string;
  readonly cpu: number;
  readonly memory: number;
}

/** Topic `host.<name>.top`. */
export interface Top extends Stamp {
  readonly processes: readonly Process[];
}

/** A kind of figure that this machine may not let us read. */
export type Source = "network" | "disk" | "processes";

/** Topic `host.<name>.about`. */
export interface About extends Stamp {
  readonly cores: number;
  readonly model: string;
  readonly os: string;
  readonly kernel: string;
  readonly memory: number;
  readonly uptimeMs: number;
  readonly unreadable: readonly Source[];
}

/** What the hub says about itself once a second. Topic `$sys.hub`. */
export interface HubFigures {
  readonly sessions: number;
  readonly topics: number;
  readonly publicationsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMeanMs: number;
  readonly memoryBytes: number;
  readonly cpuPercent: number;
  readonly uptimeMs: number;
  readonly version: string;
}
