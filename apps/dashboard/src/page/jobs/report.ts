// What the hub tells of a job, topic $queue.<name>.jobs. It comes from the hub, and yet nothing of it is believed unread.

export interface Report {
  readonly id: string;
  readonly seq: number;
  readonly state: string;
  readonly failures: number;
  readonly progress: number | undefined;
  readonly note: string | undefined;
}

/** Undefined for what is no report of a job with an id. */
export function readReport(data: unknown): Report | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { id, seq, state, failures = 0, progress, note } = data as Record<string, unknown>;
  if (typeof id !== "string" || typeof seq !== "number" || typeof state !== "string")
    return undefined;
  return {
    id,
    seq,
    state,
    failures: typeof failures === "number" ? failures : 0,
    progress: typeof progress === "number" ? progress : undefined,
    note: typeof note === "string" ? note : undefined,
  };
}
