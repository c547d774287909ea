// The market: prices that wander, published one by one. It is given how to publish, so it may run in the hub's process or anywhere.

import { symbols } from "./symbols.ts";

/** What is said on `ticker.<symbol>`: the price, and how often it has changed. */
export interface Quote {
  readonly price: number;
  readonly changes: number;
}

const TURN_MS = 10;

/** Publishes `perSecond` quotes a second, of all symbols in turn. Returns what ends that. */
export function startFeed(
  publish: (topic: string, quote: Quote) => void,
  perSecond = 10_000,
): () => void {
  const prices = symbols.map(() => 50 + Math.random() * 100);
  let sent = 0;
  let before = performance.now();
  let due = 0;

  function turn(): void {
    const now = performance.now();
    // a process that slept does not make up for more than a second
    due += (Math.min(now - before, 1000) / 1000) * perSecond;
    before = now;
    for (; due >= 1; due--) {
      const i = sent % symbols.length;
      const changes = Math.floor(sent++ / symbols.length) + 1;
      prices[i]! *= 1 + (Math.random() - 0.5) / 100;
      publish(`ticker.${symbols[i]}`, { price: Math.round(prices[i]! * 100) / 100, changes });
    }
  }
  const timer = setInterval(turn, TURN_MS);
  return () => clearInterval(timer);
}
