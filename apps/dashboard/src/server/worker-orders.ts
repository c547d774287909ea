// What a page may order of the workers.

export interface WorkerOrders {
  /** The pid of the new one; undefined: there are enough. */
  start(): number | undefined;
  /** False: there is no such worker. */
  stop(pid: number): boolean;
  kill(pid: number): boolean;
}

/** The pid in a query; undefined when it is none. */
export function workerPid(query: URLSearchParams): number | undefined {
  const pid = query.get("pid") ?? "";
  return /^[1-9]\d{0,9}$/.test(pid) ? Number(pid) : undefined;
}
