// What the client is to reach.

import type { Bar } from "./bar.ts";
import { clientCases } from "./scenarios/client.ts";

const X = { scenario: "X" } as const;
const node = { ...X, case: clientCases.node } as const;
const chromium = { ...X, case: clientCases.chromium } as const;
const table = { ...X, case: clientCases.table } as const;
const resumed = { ...X, case: clientCases.resumed } as const;

/** Bars of the client. */
export const clientBars: readonly Bar[] = [
  {
    ...node,
    says: "X, Node: ≥ 1,000,000 publications a second",
    metric: "perSecond",
    atLeast: 1_000_000,
  },
  {
    ...node,
    says: "X, Node: more than centrifuge-js a CPU-second",
    metric: "perClientCpuSecond",
    against: { peer: "centrifuge" },
    atLeast: 1,
  },
  {
    ...node,
    says: "X, Node: more than socket.io-client a CPU-second",
    metric: "perClientCpuSecond",
    against: { peer: "socket.io" },
    atLeast: 1,
  },
  {
    ...chromium,
    says: "X, Chromium: ≥ 300,000 publications a second",
    metric: "perSecond",
    atLeast: 300_000,
  },
  {
    ...chromium,
    says: "X, Chromium: more than centrifuge-js a CPU-second",
    metric: "perClientCpuSecond",
    against: { peer: "centrifuge" },
    atLeast: 1,
  },
  {
    ...chromium,
    says: "X, Chromium: more than socket.io-client a CPU-second",
    metric: "perClientCpuSecond",
    against: { peer: "socket.io" },
    atLeast: 1,
  },
  { ...table, says: "X, table: main thread ≤ 30 % busy", metric: "mainThread", atMost: 30 },
  { ...table, says: "X, table: no task over 50 ms", metric: "longestTaskMs", atMost: 50 },
  { ...table, says: "X, table: no frame later than 50 ms", metric: "longestFrameMs", atMost: 50 },
  {
    ...resumed,
    says: "X, 1,000 subscriptions come back by one message",
    metric: "messagesUp",
    atMost: 1,
  },
  { ...resumed, says: "X, and one answers it", metric: "messagesDown", atMost: 1 },
  {
    ...X,
    case: clientCases.held,
    says: "X: a subscription ≤ 1 KB of the client's heap",
    metric: "bytesPerSubscription",
    atMost: 1000,
  },
];
