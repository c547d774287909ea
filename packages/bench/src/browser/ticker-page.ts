// A table of thousands of symbols, of which those in view are painted, once a frame: what a price comes to that changes meanwhile is painted.

import { createClient } from "@fanwire/client";
import { type Quote, topicsOf } from "../sdk/quotes.ts";
import { FrameWatch, type Frames } from "./frame-watch.ts";

const ROW_PX = 20;
const VISIBLE = 40;

/** What the page has seen. */
export interface Shown extends Frames {
  readonly taken: number;
  /** Gaps that the hub told: the page was too slow. Of a pattern it may not know how many publications were in them. */
  readonly gaps: number;
  /** Cells whose text was changed. */
  readonly painted: number;
}

class Table {
  painted = 0;
  readonly #view = document.createElement("div");
  readonly #rows: HTMLElement[][] = [];
  readonly #shown: (Quote | undefined)[] = [];
  readonly #quotes: (Quote | undefined)[];

  constructor(quotes: (Quote | undefined)[]) {
    this.#quotes = quotes;
    const all = document.createElement("div");
    const table = document.createElement("div");
    this.#view.style.cssText = `height:${VISIBLE * ROW_PX}px;overflow:auto;font:13px monospace`;
    all.style.height = `${quotes.length * ROW_PX}px`;
    table.style.cssText = "position:sticky;top:0";
    for (let i = 0; i < VISIBLE; i++) {
      const row = document.createElement("div");
      row.style.cssText = `display:grid;grid-template-columns:repeat(4,120px);height:${ROW_PX}px;contain:strict`;
      const cells = Array.from({ length: 4 }, () => document.createElement("span"));
      row.append(...cells);
      table.append(row);
      this.#rows.push(cells);
    }
    all.append(table);
    this.#view.append(all);
    document.body.append(this.#view);
  }

  paint(): void {
    const first = Math.floor(this.#view.scrollTop / ROW_PX);
    for (const [i, cells] of this.#rows.entries()) {
      const quote = this.#quotes[first + i];
      if (quote === undefined || quote === this.#shown[i]) continue;
      this.#shown[i] = quote;
      this.#write(cells, [
        quote.symbol,
        quote.bid.toFixed(2),
        quote.ask.toFixed(2),
        `${quote.size}`,
      ]);
    }
  }

  #write(cells: readonly HTMLElement[], texts: readonly string[]): void {
    for (const [i, text] of texts.entries()) {
      const cell = cells[i]!;
      if (cell.textContent === text) continue;
      cell.textContent = text;
      this.painted++;
    }
  }
}

let taken = 0;
let gaps = 0;
const frames = new FrameWatch();
let table: Table | undefined;

function paint(): void {
  frames.drawn();
  table!.paint();
  requestAnimationFrame(paint);
}

Object.assign(globalThis, {
  bench: {
    /** Resolves when the subscription is live. */
    async open(port: number, symbols: number): Promise<void> {
      const rows = new Map(topicsOf(symbols).map((topic, i) => [topic, i]));
      const quotes: (Quote | undefined)[] = Array.from({ length: symbols }, () => undefined);
      table = new Table(quotes);
      const subscription = createClient(`ws://127.0.0.1:${port}/`)
        .topic<Quote>("quotes.*")
        .subscribe(({ topic, data }) => {
          taken++;
          quotes[rows.get(topic)!] = data;
        });
      subscription.on("gap", () => {
        gaps++;
      });
      await subscription.ready;
      paint();
    },
    begin: () => frames.begin(),
    taken: () => taken,
    shown: (): Shown => ({ ...frames.told(), taken, gaps, painted: table!.painted }),
  },
});
