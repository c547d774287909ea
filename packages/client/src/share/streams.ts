// What the tabs follow: one subscription at the hub for each topic and pattern, whoever of them follows it. A tab that wants what is before
// the others' place has the hub go back with all of it; the others are not told again what they were told.
//
// The hub goes back for one tab at a time. What wants to change a stream meanwhile waits; what a tab asked for in one frame is answered in
// one frame, before anything of it comes.

import type { gapReason, replay } from "@fanwire/protocol";
import { ClientError } from "../errors.ts";
import type { Frame, GapFrame, Meta } from "../frames.ts";
import type { Link } from "../link.ts";
import {
  CAUGHT_UP,
  ENDED,
  GAP,
  MARK,
  PATTERN_PUBLICATION,
  PUBLICATION,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "../opcodes.ts";
import { type At, isKnown } from "../position.ts";
import type { Line } from "./line.ts";

const WITH_STATE: typeof replay.state = 3;
const UNKNOWN: typeof gapReason.unknown = 6;

type Options = { readonly lag?: number; readonly intervalMs?: number } | null;
type Entry = readonly [name: string, from: unknown, options: Options];
type Outcome = readonly [code: number, ...more: unknown[]];

/** One topic or pattern that tabs follow. */
class Stream {
  readonly name: string;
  readonly isPattern: boolean;
  /** Its number at the hub; undefined: it is not granted. */
  sub: number | undefined;
  readonly lines = new Map<Line, Options>();
  /** What the hub was asked for. */
  options: Options = null;
  /** It is asked for, or goes back. */
  isBusy = false;
  /** For whom it goes back. */
  goer: Line | undefined;
  hasState = false;
  epoch = 0;
  /** Of a topic: the last that all who are live were told. */
  last: At | undefined;

  constructor(name: string) {
    this.name = name;
    this.isPattern = name.includes("*");
  }
}

/** SUBSCRIBE of a tab. */
interface Request {
  readonly line: Line;
  readonly id: number;
  readonly entries: readonly Entry[];
  readonly kept: readonly string[];
  /** What the tab has left meanwhile. */
  readonly left: Set<string>;
}

/** An entry on its way to the hub. */
interface Step {
  readonly stream: Stream;
  readonly entry: Entry;
  readonly own: Options;
  /** It is left and asked for anew, so that the hub tells its state. */
  readonly isAnew: boolean;
  /** The tab cannot have what it wants, and begins with now. */
  readonly isCut: boolean;
}

/** The more a mode wants the less it is: all, to be closed when slow, the latest, the latest in an interval. */
const rankOf = (options: Options): number =>
  !options?.lag ? 0 : options.lag === 3 ? 1 : 2 + (options.intervalMs ?? 0);

const mostOf = (all: Iterable<Options>): Options =>
  [...all].toSorted((a, b) => rankOf(a) - rankOf(b))[0] ?? null;

export interface Streams {
  /** `kept`: the patterns among the entries that go on, of which the tab knows what it had. */
  subscribe(line: Line, id: number, entries: readonly Frame[], kept: readonly string[]): void;
  unsubscribe(line: Line, id: number, names: readonly string[]): void;
  /** The line is gone. */
  forget(line: Line): void;
  read(frame: Frame): void;
  /** The link is gone. */
  clear(): void;
}

/** `asked` is called with each request that the hub is to answer; its answer, if it is a refusal, is for that line. */
export function openStreams(
  link: Link,
  ask: (
    line: Line,
    id: number,
    entries: readonly Entry[],
    done: (told: Frame | ClientError) => void,
  ) => void,
): Streams {
  const streams = new Map<string, Stream>();
  const bySub = new Map<number, Stream>();
  let waiting: Request[] = [];
  const asked = new Set<Request>();

  const streamOf = (name: string): Stream => {
    const stream = streams.get(name) ?? new Stream(name);
    streams.set(name, stream);
    return stream;
  };

  /** Begins what nothing stands in the way of, in the order in which it was asked for. */
  function go(): void {
    const held = new Set<string>();
    const ready: Request[] = [];
    for (const request of waiting) {
      const names = request.entries.map(([name]) => name);
      if (names.every((name) => !streams.get(name)?.isBusy && !held.has(name))) ready.push(request);
      for (const name of names) held.add(name);
    }
    waiting = waiting.filter((request) => !ready.includes(request));
    for (const request of ready) begin(request);
  }

  /** What was asked for and not answered. */
  const unanswered = (): Request[] => [...waiting, ...asked];

  function stepOf(line: Line, kept: readonly string[], [name, from, own]: Entry): Step {
    const stream = streamOf(name);
    const { lines, isPattern, last, hasState } = stream;
    const others = [...lines].filter(([other]) => other !== line).map(([, options]) => options);
    const options = mostOf([...others, own]);
    const isFirst = others.length === 0;
    const isCut = !isFirst && isPattern && !!from && !kept.includes(name);
    const isAnew = !isFirst && !isPattern && !from && hasState && !lines.has(line);
    const start = isCut ? null : isFirst || isPattern ? from : atMost(from, last);
    stream.isBusy = true;
    stream.options = options;
    return { stream, entry: [name, start, options], own, isAnew, isCut };
  }

  function begin(request: Request): void {
    const { line, id, entries, kept } = request;
    asked.add(request);
    const steps = entries.map((entry) => stepOf(line, kept, entry));
    const anew = steps.filter(({ isAnew }) => isAnew).map(({ stream }) => stream.name);
    if (anew[0]) link.ask(() => {}, UNSUBSCRIBE, anew);
    ask(
      line,
      id,
      steps.map(({ entry }) => entry),
      (told) => {
        asked.delete(request);
        for (const { stream } of steps) stream.isBusy = false;
        if (told instanceof ClientError) {
          for (const { stream } of steps) tidy(stream);
          return go();
        }
        const outcomes = told[2] as readonly Outcome[];
        line.ok(id, outcomes);
        steps.forEach((step, i) => answered(request, step, outcomes[i]!));
        go();
      },
    );
  }

  function answered(
    { line, left }: Request,
    { stream, own, isAnew, isCut }: Step,
    outcome: Outcome,
  ): void {
    const [code, sub, epoch, head, , replayed] = outcome as readonly number[];
    if (code) {
      if (isAnew) end(stream, [ENDED, stream.sub, code, sub]);
      return tidy(stream);
    }
    const isFirst = stream.lines.size === 0 || (stream.lines.size === 1 && stream.lines.has(line));
    stream.sub = sub!;
    stream.epoch = epoch ?? 0;
    bySub.set(sub!, stream);
    stream.hasState ||= replayed === WITH_STATE;
    const at: At = [epoch ?? 0, head ?? 0];
    if (isAnew) missed(stream, at);
    if (isFirst) stream.last = replayed ? undefined : at;
    if (!line.isClosed && !left.has(stream.name)) stream.lines.set(line, own);
    if (isCut) line.tell([GAP, sub, null, null, null, null, UNKNOWN]);
    if (replayed) {
      stream.isBusy = true;
      stream.goer = line;
    }
    tidy(stream);
  }

  /** What was published and not told when the stream was asked for anew. */
  function missed({ sub, lines, last }: Stream, [epoch, head]: At): void {
    if (!last || isKnown(last, [epoch, head])) return;
    const count = last[0] === epoch ? head - last[1] : null;
    for (const line of lines.keys()) line.tell([GAP, sub, null, epoch, head + 1, count, UNKNOWN]);
  }

  function end(stream: Stream, frame: Frame): void {
    for (const line of stream.lines.keys()) line.tell(frame);
    stream.lines.clear();
    stream.isBusy = false;
    drop(stream);
  }

  function drop(stream: Stream): void {
    streams.delete(stream.name);
    if (stream.sub !== undefined) bySub.delete(stream.sub);
  }

  /** One that nobody follows is left; one whose followers want less is asked for less. */
  function tidy(stream: Stream): void {
    const { lines, sub, name, isBusy, goer } = stream;
    if (isBusy && !goer) return;
    if (lines.size === 0) {
      if (sub !== undefined) link.ask(() => {}, UNSUBSCRIBE, [name]);
      return drop(stream);
    }
    const options = mostOf(lines.values());
    if (isBusy || rankOf(options) === rankOf(stream.options)) return;
    stream.options = options;
    link.ask(() => {}, SUBSCRIBE, [[name, null, options]]);
  }

  function leave(line: Line, stream: Stream | undefined): void {
    if (stream?.lines.delete(line)) tidy(stream);
  }

  function caughtUp(stream: Stream, frame: Frame): void {
    const { goer, lines } = stream;
    const [, , epoch, offset] = frame;
    if (epoch !== null && offset !== null) advance(stream, [epoch as number, offset as number]);
    if (goer && lines.has(goer)) goer.tell(frame);
    stream.goer = undefined;
    stream.isBusy = false;
    tidy(stream);
    go();
  }

  /** Tells those who were not told: before the place of the others, the one for whom the stream went back. */
  function tell({ lines, goer }: Stream, frame: Frame, isOld: boolean): void {
    if (!isOld) for (const line of lines.keys()) line.tell(frame);
    else if (goer && lines.has(goer)) goer.tell(frame);
  }

  function publication(stream: Stream, frame: Frame): void {
    const at: At = [stream.epoch, frame[2] as number];
    if ((frame[6] as Meta | null)?.key !== undefined) stream.hasState = true;
    tell(stream, frame, isKnown(stream.last, at));
    advance(stream, at);
  }

  function advance(stream: Stream, at: At): void {
    if (!isKnown(stream.last, at)) stream.last = at;
  }

  function gap(stream: Stream, frame: GapFrame): void {
    const { goer, isPattern, last } = stream;
    const [, , topic, epoch, next] = frame;
    if (isPattern) return tell(stream, frame, !!goer && topic === null);
    const at = epoch !== null && next !== null ? ([epoch, next - 1] as const) : undefined;
    tell(stream, frame, !!goer && (!at || isKnown(last, at)));
    if (at) advance(stream, at);
  }

  return {
    subscribe(line, id, entries, kept) {
      const asks = entries as unknown as readonly Entry[];
      waiting.push({ line, id, entries: asks, kept, left: new Set() });
      go();
    },
    unsubscribe(line, id, names) {
      for (const request of unanswered())
        if (request.line === line) for (const name of names) request.left.add(name);
      for (const name of names) leave(line, streams.get(name));
      line.ok(id);
      go();
    },
    forget(line) {
      waiting = waiting.filter((request) => request.line !== line);
      for (const stream of streams.values()) leave(line, stream);
      go();
    },
    read(frame) {
      const stream = bySub.get(frame[1] as number);
      if (!stream) return;
      switch (frame[0]) {
        case PUBLICATION:
          return publication(stream, frame);
        case PATTERN_PUBLICATION:
          return tell(stream, frame, false);
        case GAP:
          return gap(stream, frame as GapFrame);
        case MARK:
          return tell(stream, frame, !!stream.goer);
        case CAUGHT_UP:
          return caughtUp(stream, frame);
        case ENDED:
          end(stream, frame);
          go();
      }
    },
    clear() {
      streams.clear();
      bySub.clear();
      asked.clear();
      waiting = [];
    },
  };
}

/** A place that is not beyond `last`, so that the others miss nothing: the last n are those before it. */
function atMost(from: unknown, last: At | undefined): unknown {
  if (!last || from === null) return from;
  const [epoch, offset] = last;
  if (typeof from === "number") return from ? [epoch, Math.max(offset - from, 0)] : null;
  const [other, at] = from as At;
  return other === epoch ? [epoch, Math.min(at, offset)] : from;
}
