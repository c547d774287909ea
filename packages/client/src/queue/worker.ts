// A worker: takes jobs of a queue, as many at a time as it may, and says what became of each.

import { type CallOptions, newCall, onAbort } from "../call.ts";
import { pauseMs } from "../core/backoff.ts";
import { ClientError } from "../errors.ts";
import type { User } from "../link.ts";
import { CANCEL, CREDIT } from "../opcodes.ts";
import { guarded } from "../report.ts";
import { newCell } from "../store.ts";
import {
  away,
  type Consumer,
  type ConsumerEvents,
  isDone,
  type Leaving,
  type Live,
  nextConsumer,
} from "./core/consumer.ts";
import type { Desk, Taker } from "./desk.ts";
import { isLoss, openHolding, type Verdict, type Work } from "./holding.ts";
import { Fatal, Release, Retry } from "./outcomes.ts";
import { verb } from "./settler.ts";
import { type ConsumeOptions, type Handler, type Worker, workerJobOf } from "./working.ts";

/** What is said of a job whose handler threw. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof Release) return [verb.release];
  const text = textOf(error);
  if (error instanceof Fatal) return [verb.reject, undefined, text];
  return [verb.fail, error instanceof Retry ? Math.ceil(error.delayMs) : undefined, text];
}

/** What the hub is told of an error. */
export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

export function openWorker<T>(
  desk: Desk,
  queue: string,
  handler: Handler<T>,
  { concurrency = 1, credit = Math.min(2 * concurrency, 64), signal, onError }: ConsumeOptions,
): Worker {
  const { link } = desk;
  const active = newCell(false);
  let settleClosed: (cause: ClientError | undefined) => void;
  const closed = new Promise<ClientError | undefined>((resolve) => {
    settleClosed = resolve;
  });
  let consumer: Consumer = away;
  let running = 0;
  /** Acks that were said though their leases were lost, and are not answered. */
  let late = 0;
  /** What the hub was told that this link's consumer may hold. */
  let allowed = 0;
  let off = (): void => {};

  const holding = openHolding<T>(desk, queue, concurrency, true, {
    lost: (work, error) => tell(error, work),
    unread: (error) => tell(error),
    changed: go,
  });
  const { hold } = holding;

  function tell(error: unknown, work?: Work<T>): void {
    if (onError) guarded(() => onError(error, work?.info), undefined);
  }

  function step<E extends keyof ConsumerEvents>(event: E, told?: ConsumerEvents[E]): void {
    const before = consumer;
    consumer = nextConsumer(before, event, told as ConsumerEvents[E]);
    if (consumer !== before) act(before, consumer);
  }

  /** Makes the world as the state says. */
  function act(before: Consumer, next: Consumer): void {
    const known = (before as Live).consumer;
    if (known !== undefined && (next as Live).consumer !== known) desk.forget(known);
    if (next.state !== "live") activate(false);
    if (next.state === "asked") {
      allowed = room();
      desk.consume(taker, { concurrency, credit: allowed });
    }
    if (next.state === "leaving") leave(before, next);
    if (next.state === "ended") end(next.cause);
    go();
  }

  /** What is held of earlier links the hub does not count as this consumer's. */
  const room = (): number => Math.max(credit - hold.inherited, 0);

  /** Asks for jobs, or for more as what earlier links brought is settled. */
  function load(): void {
    step("ask", link.now);
    if (consumer.state !== "live" || allowed === room()) return;
    allowed = room();
    link.ask(() => {}, CREDIT, consumer.consumer, allowed);
  }

  function activate(isActive: boolean): void {
    if (isActive !== active.get()) active.set(isActive);
  }

  function leave(before: Consumer, { consumer: known, isHasty, cause }: Leaving): void {
    const isNew = before.state !== "leaving";
    if (isNew && cause) tell(cause);
    const reason = cause ?? new ClientError("closed");
    for (const work of isHasty ? hold.jobs : hold.waiting) holding.giveBack(work, reason);
    if (known !== undefined && (isNew || before.consumer !== known))
      link.ask(() => step("cancelled"), CANCEL, known, isHasty);
  }

  function end(cause: ClientError | undefined): void {
    for (const work of hold.jobs)
      if (hold.step(work, "return") === "running") work.abort(cause ?? new ClientError("closed"));
    off();
    desk.leave(taker);
    link.release(user);
    settleClosed(cause);
  }

  /** Begins what may begin, and is over when nothing is left. */
  function go(): void {
    for (;;) {
      const work = hold.begin();
      if (!work) break;
      begin(work);
    }
    if (consumer.state === "live" && allowed !== room()) link.soon();
    if (isDone(consumer, hold.isEmpty && late === 0)) step("done");
    else if (consumer.state !== "ended") link.use(user, hold.touchAt);
  }

  function begin(work: Work<T>): void {
    running++;
    const begunAt = link.now;
    new Promise((resolve) => {
      resolve(handler(workerJobOf(holding, work)));
    }).then(
      () => finish(work, [verb.ack, Math.round(link.now - begunAt)]),
      (error: unknown) => finish(work, verdictOf(error), error),
    );
  }

  function finish(work: Work<T>, verdict: Verdict, thrown?: unknown): void {
    running--;
    const isLate = work.isLost && verdict[0] === verb.ack && consumer.state !== "ended";
    if (isLate) late++;
    const heard = (error: ClientError | undefined): void => {
      if (isLate) late--;
      // that its lease is gone was told before
      if (error && !(isLate && isLoss(error))) tell(error, work);
    };
    const isSaid = holding.settle(work, verdict, heard, isLate);
    if (isSaid && verdict[0] > verb.release) tell(thrown, work);
  }

  const user: User = {
    wake() {
      const dueAt = consumer.state === "away" ? consumer.dueAt : Infinity;
      if (dueAt <= link.now) link.soon();
      return Math.min(holding.wake(), dueAt > link.now ? dueAt : Infinity);
    },
    over: (cause) => step("over", cause),
  };

  const taker: Taker = {
    queue,
    granted([, , number, isActive, leaseMs]) {
      hold.leaseMs = leaseMs;
      step("granted", number);
      if (consumer.state === "live") activate(isActive);
    },
    began: go,
    refused(error) {
      if (!link.isLive()) return; // by the cut
      if (!error.retryable) return step("stopped", error);
      const refusals = consumer.state === "asked" ? consumer.refusals + 1 : 1;
      const ms = error.retryAfterMs ?? pauseMs(link.chance, refusals);
      step("refused", link.now + ms);
      link.use(user, link.now + ms);
    },
    deliver(frame) {
      if (consumer.state !== "live") return desk.giveBack(queue, frame);
      holding.take(frame);
      go();
    },
    lose: (lease, error) => holding.lose(lease, error),
    activate,
    stopped(error) {
      step("stopped", error);
      // what is at work may be another's by now
      hold.doubt();
      go();
    },
    load,
    cut() {
      hold.doubt();
      step("cut");
    },
  };

  desk.enter(taker);
  link.use(user, Infinity);
  link.soon();
  off = onAbort(signal, () => step("close"));

  async function close(): Promise<void> {
    step("close");
    await closed;
  }

  function drain(options?: CallOptions): Promise<void> {
    step("drain");
    if (consumer.state === "ended") return Promise.resolve();
    const call = newCall<void>(link, { timeoutMs: Infinity, ...options });
    void closed.then(() => call.end());
    return call.promise;
  }

  return {
    active,
    closed,
    get running() {
      return running;
    },
    drain,
    close,
    [Symbol.dispose]: () => step("close"),
    [Symbol.asyncDispose]: drain,
  };
}
