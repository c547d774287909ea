// The thread that owns the files of a log store. Its file calls are synchronous: the pool of threads that Node's others share is also
// that in which tokens are verified, and a storm of logins there would make every sync a hundred times as long.

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { StoreError } from "../ports/store.ts";
import { nodeFiles } from "./files.ts";
import { Log } from "./log.ts";
import { LogKeeper } from "./log-keeper.ts";
import type { Answer, FromWorker, ToWorker } from "./orders.ts";
import { replayChunks } from "./replay-chunks.ts";

/** What the thread is given when it starts. */
export interface WorkerSettings {
  readonly directory: string;
  readonly segmentBytes: number;
}

/** After so long without a record the last frame is sealed, in milliseconds: from then on damage to it is told from a torn tail. */
const SEAL_AFTER_MS = 100;

/** How often room is looked for where there was none, in milliseconds. */
const ROOM_EVERY_MS = 1000;

const port = parentPort!;
const { directory, segmentBytes } = workerData as WorkerSettings;
const log = new Log(nodeFiles, directory, { segmentBytes });
const chunks = replayChunks(log.open());
let isReplaying = true;
let answers: Answer[] = [];
let isToldShort = false;
const keeper = new LogKeeper(log, (answer) => answers.push(answer));
let sealing: NodeJS.Timeout | undefined;
let looking: NodeJS.Timeout | undefined;
let preparing: NodeJS.Immediate | undefined;

port.on("message", receive);

function receive(message: ToWorker): void {
  if (message.kind === "replay-more") return replayMore();
  keeper.add(message.orders);
  while (keeper.work()) {
    flush();
    keeper.keepPace();
    takeWhatCame();
  }
  flush();
  if (keeper.isOpen) rest();
  else leave();
}

/** What came during a sync belongs into the next frame. */
function takeWhatCame(): void {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    const message = received.message as ToWorker;
    if (message.kind === "orders") keeper.add(message.orders);
  }
}

/** Tells what there is to be told; that there is room again, too, for nobody may ask before that. */
function flush(): void {
  const { room } = keeper;
  if (answers.length === 0 && room.isShortOfRoom === isToldShort) return;
  send({ kind: "answers", answers, room });
  answers = [];
}

/** Nothing is asked for: seals what was written, and makes ready what is needed later. */
function rest(): void {
  clearTimeout(sealing);
  if (keeper.needsSeal) sealing = setTimeout(seal, SEAL_AFTER_MS);
  preparing ??= setImmediate(prepare);
}

function seal(): void {
  keeper.seal();
  flush();
}

function prepare(): void {
  preparing = undefined;
  if (keeper.prepare()) preparing = setImmediate(prepare);
  if (keeper.room.isShortOfRoom) looking ??= setInterval(look, ROOM_EVERY_MS);
  else {
    clearInterval(looking);
    looking = undefined;
  }
  flush();
}

function look(): void {
  keeper.retryRoom();
  preparing ??= setImmediate(prepare);
}

/** Lets the thread end once everything is closed. */
function leave(): void {
  clearTimeout(sealing);
  clearInterval(looking);
  clearImmediate(preparing);
  looking = undefined;
  if (keeper.isClosed) port.close();
}

function replayMore(): void {
  // asked for ahead
  if (!isReplaying) return;
  try {
    const next = chunks.next();
    if (next.done !== true) return send({ kind: "replay", ...next.value });
    isReplaying = false;
    send({ kind: "opened", opened: next.value, room: keeper.room });
    preparing ??= setImmediate(prepare);
  } catch (error) {
    const code = error instanceof StoreError ? error.code : "inaccessible";
    isReplaying = false;
    send({ kind: "not-opened", code, sentence: (error as Error).message });
    port.close();
  }
}

function send(message: FromWorker): void {
  if ("room" in message) isToldShort = message.room.isShortOfRoom;
  port.postMessage(message, message.kind === "replay" ? [message.records.buffer] : []);
}
