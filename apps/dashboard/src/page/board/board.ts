// One surface and one line of text, shared by all open tabs through two topics. The hub keeps them on disk: the board of every tab is
// what was published there, in that order, and what of its own has not come back from there yet.
import {
  ClientError,
  type Client,
  type ErrorCode,
  type Gap,
  type Publication,
  type Subscription,
} from "@fanwire/client";
import type { News } from "../data/news.ts";
import { Value } from "../store.ts";
import type { Author } from "./names.ts";
import {
  readStrokePiece,
  readTextLine,
  readWipe,
  type StrokePiece,
  type TextLine,
  type Wipe,
} from "./payloads.ts";
import { Strokes } from "./strokes.ts";

/** Others are announced at most this often, or nothing else would be heard. */
const ANNOUNCED_APART_MS = 5_000;

/** Who drew or wrote does so for this long. */
const HAND_MS = 2_000;

/** Without a connection nothing is told. */
const LOST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "closed",
  "outbox-full",
  "timeout",
  "unknown-outcome",
  "unreachable",
]);
/** After a gap for one of these the hub tells everything that it has. */
const ANEW: ReadonlySet<Gap["reason"]> = new Set<Gap["reason"]>(["epoch", "ahead", "reset"]);

/** Where somebody else's pen was last. */
export interface Pen {
  readonly author: Author;
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

export interface BoardListener {
  heard(publication: Publication): void;
  /** The board is followed by it. */
  followed(subscription: Subscription<unknown>): void;
}

export class Board {
  readonly me: Author;
  readonly strokes = new Strokes();
  readonly pens = new Map<string, Pen>();
  /** As others left it. */
  readonly text = new Value("");
  /** Counts what changed on the surface, so that it is drawn only then. */
  changes = 0;
  readonly #client: Client;
  readonly #news: News;
  #stroke = 0;
  #drawn: number[] = [];
  #written: string | undefined;
  /** What this tab drew and wiped, and what it wrote, that has not come back. */
  #underway: (StrokePiece | Wipe)[] = [];
  #writing: TextLine[] = [];
  #announced = -Infinity;
  #hand: { readonly does: "drawing" | "writing"; readonly at: number } | undefined;

  constructor(client: Client, news: News, me: Author) {
    this.#client = client;
    this.#news = news;
    this.me = me;
  }

  start(listener: BoardListener): void {
    const [strokes, text] = [
      this.#client.topic("board.strokes").subscribe(
        (publication) => {
          listener.heard(publication);
          this.#drew(publication);
        },
        { from: "start" },
      ),
      this.#client.topic("board.text").subscribe((publication) => {
        listener.heard(publication);
        this.#wrote(publication);
      }),
    ];
    strokes.on("gap", ({ reason }) => {
      if (ANEW.has(reason)) this.#wipe();
    });
    listener.followed(strokes);
    listener.followed(text);
  }

  /** What the visitor's hand does; `now`: of `performance`. */
  hand(now: number): "drawing" | "writing" | undefined {
    return this.#hand && now - this.#hand.at < HAND_MS ? this.#hand.does : undefined;
  }

  /** The pen was put down: what is drawn from now on is a new line. */
  penDown(): void {
    this.flush();
    this.#stroke++;
  }

  /** Shown here at once, and told with the next flush. */
  draw(x: number, y: number): void {
    const point = [part(x), part(y)];
    this.#hand = { does: "drawing", at: performance.now() };
    this.#drawn.push(...point);
    this.#add(this.#piece(point));
  }

  write(text: string): void {
    this.#hand = { does: "writing", at: performance.now() };
    this.#written = text;
    this.text.set(text);
  }

  clear(): void {
    this.flush();
    this.strokes.clear();
    this.pens.clear();
    this.changes++;
    this.#tell({ ...this.me, wipe: true });
    this.write("");
    this.#hand = undefined;
    this.flush();
    this.#news.tell("You cleared the board.");
  }

  /** Once a frame: however fast the pen is, one publication. */
  flush(): void {
    const points = this.#drawn;
    this.#drawn = [];
    if (points.length > 0) this.#tell(this.#piece(points));
    const text = this.#written;
    this.#written = undefined;
    if (text === undefined) return;
    const line = { ...this.me, text };
    this.#writing.push(line);
    this.#publish("board.text", line, () => {
      this.#writing = this.#writing.filter((one) => one !== line);
    });
  }

  #piece(points: readonly number[]): StrokePiece {
    return { ...this.me, id: String(this.#stroke), points };
  }

  #tell(what: StrokePiece | Wipe): void {
    this.#underway.push(what);
    this.#publish("board.strokes", what, () => {
      this.#underway = this.#underway.filter((one) => one !== what);
    });
  }

  #publish(topic: string, data: unknown, failed: () => void): void {
    this.#client
      .topic(topic)
      .publish(data)
      .catch((error: unknown) => {
        failed();
        this.#news.tell(`${whyNotTold(error)}: other tabs do not see this.`);
      });
  }

  #drew({ data, replayed }: Publication): void {
    const wipe = readWipe(data);
    const piece = wipe ? undefined : readStrokePiece(data);
    const what = wipe ?? piece;
    if (!what) return;
    const isMine = what.tab === this.me.tab;
    // it is on the surface already
    if (isMine) cameBack(this.#underway, what);
    if (wipe) this.#wipe();
    else if (piece && !isMine) this.#add(piece);
    if (isMine || replayed) return;
    if (piece) this.#movePen(piece);
    if (wipe) this.#news.tell(`${wipe.name} cleared the board.`);
    else this.#announce(`${what.name} drew.`);
  }

  #movePen(piece: StrokePiece): void {
    const [x, y] = piece.points.slice(-2);
    if (x !== undefined && y !== undefined)
      this.pens.set(piece.tab, { author: piece, x, y, at: performance.now() });
  }

  #wrote({ data, replayed }: Publication): void {
    const line = readTextLine(data);
    if (!line) return;
    if (line.tab === this.me.tab) return cameBack(this.#writing, line);
    // mine comes behind it, and stands then
    if (this.#writing.length > 0) return;
    this.text.set(line.text);
    if (!replayed && line.text !== "") this.#announce(`${line.name} wrote.`);
  }

  #add(piece: StrokePiece): void {
    this.strokes.add(piece);
    this.changes++;
  }

  /** All that came so far; what has not come back yet comes behind it. */
  #wipe(): void {
    this.strokes.clear();
    this.pens.clear();
    const last = this.#underway.findLastIndex((one) => "wipe" in one);
    for (const one of this.#underway.slice(last + 1)) if (!("wipe" in one)) this.strokes.add(one);
    if (this.#drawn.length > 0) this.strokes.add(this.#piece(this.#drawn));
    this.changes++;
  }

  #announce(sentence: string): void {
    const now = performance.now();
    if (now - this.#announced < ANNOUNCED_APART_MS) return;
    this.#announced = now;
    this.#news.tell(sentence);
  }
}

/** They come back in their order; what nobody waits for any more, because its outcome was unknown, comes back too. */
function cameBack<T>(underway: T[], what: T): void {
  if (JSON.stringify(underway[0]) === JSON.stringify(what)) underway.shift();
}

/** The hub's own words, where it is the hub that did not take it. */
function whyNotTold(error: unknown): string {
  const isRefused = error instanceof ClientError && !LOST.has(error.code);
  return isRefused ? error.message.replace(/\.$/, "") : "Not connected";
}

/** From 0 to 1, to a ten-thousandth: finer than any screen, and short on the wire. */
const part = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;
