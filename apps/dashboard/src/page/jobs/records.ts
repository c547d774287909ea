// What pages and workers have put on record, topics jobs.sent and jobs.done, and what the server tells on jobs.workers. It comes from
// other programs, so nothing of it is believed unread.
import type {
  Crew,
  DoneRecord,
  Mix,
  Offer,
  SendingRecord,
  SentRecord,
  WorkerProcess,
} from "../../jobs.ts";

/** Of one batch. */
export const JOBS_MAX = 10_000;
const NAME_MAX = 80;
const LIST_MAX = 100;

type Fields = Readonly<Record<string, unknown>>;

const fields = (data: unknown): Fields =>
  typeof data === "object" && data !== null ? (data as Fields) : {};
const isWord = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= NAME_MAX;
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export function readSending(data: unknown): SendingRecord | undefined {
  const { batch, mix, anew } = fields(data);
  if (!isWord(batch) || !Array.isArray(mix) || mix.length !== 3 || !mix.every(isCount))
    return undefined;
  const total = mix.reduce((sum, count) => sum + count, 0);
  return total > 0 && total <= JOBS_MAX
    ? { batch, mix: mix as unknown as Mix, anew: anew === true }
    : undefined;
}

export function readSent(data: unknown): SentRecord | undefined {
  const { batch, refused } = fields(data);
  if (!isWord(batch) || !Array.isArray(refused)) return undefined;
  const isRun = (run: unknown) => Array.isArray(run) && run.length === 2 && run.every(isCount);
  return refused.every(isRun)
    ? { batch, refused: refused as unknown as SentRecord["refused"] }
    : undefined;
}

export function readDone(data: unknown): DoneRecord | undefined {
  const { id, seq, pid, attempt, file } = fields(data);
  if (!isWord(id) || !isCount(seq) || !isCount(pid) || !isCount(attempt)) return undefined;
  return { id, seq, pid, attempt, file: typeof file === "string" ? file : "" };
}

export function readCrew(data: unknown): Crew {
  const { offers, workers } = fields(data);
  return { offers: listOf(offers, readOffer), workers: listOf(workers, readWorker) };
}

function listOf<T>(data: unknown, read: (data: unknown) => T | undefined): T[] {
  const list: unknown[] = Array.isArray(data) ? data.slice(0, LIST_MAX) : [];
  return list.map(read).filter((one) => one !== undefined);
}

function readOffer(data: unknown): Offer | undefined {
  const { id, title, files } = fields(data);
  return isWord(id) && isWord(title) && isCount(files) ? { id, title, files } : undefined;
}

function readWorker(data: unknown): WorkerProcess | undefined {
  const { pid, is } = fields(data);
  if (!isCount(pid)) return undefined;
  return { pid, is: is === "running" || is === "stopping" ? is : "starting" };
}
