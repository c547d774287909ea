// 5,000 symbols, 10,000 updates a second, one subscription. What comes goes into one value by a reducer, the page is told of it once a frame,
// and only the rows that can be seen are in the document.

import { contract, createClient, type Publication } from "@fanwire/client";
import * as v from "valibot";
import { symbols } from "./symbols.ts";

const Quote = v.object({ price: v.number(), changes: v.number() });
type Quote = v.InferOutput<typeof Quote>;

/** All quotes, in the order of the symbols; `count`: how many came. */
interface Quotes {
  readonly all: readonly (Quote | undefined)[];
  readonly count: number;
}

const client = createClient("/hub", { contract: contract({ "ticker.*": Quote }) });
const places = new Map(symbols.map((symbol, i) => [`ticker.${symbol}`, i]));

function reduce({ all, count }: Quotes, batch: readonly Publication<Quote>[]): Quotes {
  // a new list for each batch, not for each quote: what was given out before does not change
  const next = all.slice();
  for (const { topic, data } of batch) next[places.get(topic)!] = data;
  return { all: next, count: count + batch.length };
}

const quotes = client.topic("ticker.*").store({
  initial: { all: symbols.map(() => undefined), count: 0 },
  reduce,
  rate: "frame",
  // a page that does not keep pace gets the latest of each symbol, and an old price stays until then
  lag: "latest",
  gap: (before) => before,
});

const find = (selector: string): HTMLElement => document.querySelector(selector)!;
const view = find("#view");
const body = find("#rows");

client.status.subscribe(({ state }) => {
  find("#status").textContent = state;
});

const ROW_PIXELS = 28;
const rows: HTMLElement[] = [];
body.style.height = `${symbols.length * ROW_PIXELS}px`;
view.ariaRowCount = String(symbols.length);

function newRow(): HTMLElement {
  const row = document.createElement("div");
  row.role = "row";
  for (let i = 0; i < 3; i++) {
    const cell = document.createElement("span");
    cell.role = "cell";
    row.append(cell);
  }
  return row;
}

/** As many rows as can be seen, with what belongs where the view is now. */
function draw(): void {
  const { all, count } = quotes.get();
  const needed = Math.min(Math.ceil(view.clientHeight / ROW_PIXELS) + 1, symbols.length);
  while (rows.length < needed) body.append(rows[rows.push(newRow()) - 1]!);
  while (rows.length > needed) rows.pop()!.remove();
  const top = Math.floor(view.scrollTop / ROW_PIXELS);
  const first = Math.max(0, Math.min(top, symbols.length - needed));
  for (const [i, row] of rows.entries()) fill(row, first + i, all[first + i]);
  find("#count").textContent = count.toLocaleString("en");
}

function fill(row: HTMLElement, i: number, quote: Quote | undefined): void {
  row.ariaRowIndex = String(i + 1);
  row.style.translate = `0 ${i * ROW_PIXELS}px`;
  const texts = [symbols[i]!, quote?.price.toFixed(2) ?? "–", String(quote?.changes ?? 0)];
  for (const [j, text] of texts.entries()) row.children[j]!.textContent = text;
}

quotes.subscribe(draw);
view.addEventListener("scroll", draw);
new ResizeObserver(draw).observe(view);
