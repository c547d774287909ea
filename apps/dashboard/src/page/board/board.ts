// One surface and one line of text, shared by all open tabs through three topics.
import { ClientError, type Client, type ErrorCode } from "@fanwire/client";
import type { News } from "../data/news.ts";
import { Value } from "../store.ts";
import type { Author } from "./names.ts";
import { readAuthor, readStrokePiece, readTextLine, type StrokePiece } from "./payloads.ts";
import { Strokes } from "./strokes.ts";

/** Others are announced at most this often, or nothing else would be heard. */
const ANNOUNCED_APART_MS = 5_000;

/** Without a connection nothing is told. */
const LOST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "closed",
  "outbox-full",
  "timeout",
  "unknown-outcome",
  "unreachable",
]);

/** Where somebody else's pen was last. */
export interface Pen {
  readonly author: Author;
  readonly x: number;
  readonly y: number;
  readonly at: number;
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
  #announced = -Infinity;

  constructor(client: Client, news: News, me: Author) {
    this.#client = client;
    this.#news = news;
    this.me = me;
  }

  start(): void {
    this.#client.topic("board.strokes").subscribe(({ data }) => this.#drew(data));
    this.#client.topic("board.text").subscribe(({ data }) => this.#wrote(data));
    this.#client.topic("board.clear").subscribe(({ data }) => this.#cleared(data));
  }

  /** The pen was put down: what is drawn from now on is a new line. */
  penDown(): void {
    this.flush();
    this.#stroke++;
  }

  /** Shown here at once, and told with the next flush. */
  draw(x: number, y: number): void {
    const point = [part(x), part(y)];
    this.#drawn.push(...point);
    this.strokes.add(this.#piece(point));
    this.changes++;
  }

  write(text: string): void {
    this.#written = text;
    this.text.set(text);
  }

  clear(): void {
    this.flush();
    this.#wipe();
    this.#publish("board.clear", this.me);
    this.#news.tell("You cleared the board.");
  }

  /** Once a frame: however fast the pen is, one publication. */
  flush(): void {
    if (this.#drawn.length > 0) this.#publish("board.strokes", this.#piece(this.#drawn));
    this.#drawn = [];
    if (this.#written !== undefined)
      this.#publish("board.text", { ...this.me, text: this.#written });
    this.#written = undefined;
  }

  #piece(points: readonly number[]): StrokePiece {
    return { ...this.me, id: String(this.#stroke), points };
  }

  #publish(topic: string, data: unknown): void {
    this.#client
      .topic(topic)
      .publish(data)
      .catch((error: unknown) =>
        this.#news.tell(`${whyNotTold(error)}: other tabs do not see this.`),
      );
  }

  #drew(data: unknown): void {
    const piece = readStrokePiece(data);
    if (!piece || this.#isMine(piece)) return;
    this.strokes.add(piece);
    this.changes++;
    const [x, y] = piece.points.slice(-2);
    if (x !== undefined && y !== undefined)
      this.pens.set(piece.tab, { author: piece, x, y, at: performance.now() });
    this.#announce(`${piece.name} drew.`);
  }

  #wrote(data: unknown): void {
    const line = readTextLine(data);
    if (!line || this.#isMine(line)) return;
    this.text.set(line.text);
    this.#announce(`${line.name} wrote.`);
  }

  #cleared(data: unknown): void {
    const author = readAuthor(data);
    if (!author || this.#isMine(author)) return;
    this.#wipe();
    this.#news.tell(`${author.name} cleared the board.`);
  }

  #wipe(): void {
    this.strokes.clear();
    this.pens.clear();
    this.text.set("");
    this.changes++;
  }

  #announce(sentence: string): void {
    const now = performance.now();
    if (now - this.#announced < ANNOUNCED_APART_MS) return;
    this.#announced = now;
    this.#news.tell(sentence);
  }

  #isMine({ tab }: Author): boolean {
    return tab === this.me.tab;
  }
}

/** The hub's own words, where it is the hub that did not take it. */
function whyNotTold(error: unknown): string {
  const isRefused = error instanceof ClientError && !LOST.has(error.code);
  return isRefused ? error.message.replace(/\.$/, "") : "Not connected";
}

/** From 0 to 1, to a ten-thousandth: finer than any screen, and short on the wire. */
const part = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;
