import { findChromium, NO_CHROMIUM } from "../browser/chromium.ts";
import type { PeerName } from "../peers.ts";
import type { Measured } from "../result.ts";
import { count, type Group, type Mode, type Scenario, secondsOf, type Start } from "../scenario.ts";
import { type SdkName, sdkNames } from "../sdk/sdks.ts";
import { BATCH, decodeCase, measureDecode } from "./client-decode.ts";
import { measureMemory, memoryCase } from "./client-memory.ts";
import type { Place } from "./client-parts.ts";
import { measureResume, resumeCase } from "./client-resume.ts";
import { measureTicker, tickerCase } from "./client-ticker.ts";

const RESUMED = 1000;
const HELD = 10_000;
const TABLE = { symbols: 5000, perSecond: 10_000 } as const;

/** How long the table is looked at, in milliseconds. */
const TABLE_MS = 60_000;
const TABLE_SHORT_MS = 5000;

/** What each is called in the rows. */
export const clientCases: Readonly<
  Record<"node" | "chromium" | "table" | "resumed" | "held", string>
> = {
  node: decodeCase("Node"),
  chromium: decodeCase("Chromium"),
  table: tickerCase(TABLE),
  resumed: resumeCase(RESUMED),
  held: memoryCase(HELD),
};

/** X: what the client makes of what comes. */
export const client: Scenario = {
  id: "X",
  title: "The client",
  says: `What a client makes of publications: each is decoded and handed to a handler, which reads two of its five properties. A relay before the server has kept what it said of one batch of ${BATCH}, and says it again and again as fast as the client takes it (offsets of fanwire go on), so that the client is the bottleneck; centrifuge-js gets them in one message too, socket.io-client in one each, as their servers say them. Every publication is counted. In Node the client has a core; what Chromium uses is that of all its processes. Then a page of ${count(TABLE.symbols)} symbols by one pattern, from a real hub, of which 40 rows are in view and painted once a frame; ${count(RESUMED)} subscriptions that come back after a cut, and how many messages that takes, greetings apart; and what one of ${count(HELD)} subscriptions with a handler takes of the heap after forced collections.`,
  shows: [
    "perClientCpuSecond",
    "perSecond",
    "clientCpu",
    "mainThread",
    "longestTaskMs",
    "longestFrameMs",
    "messagesUp",
    "messagesDown",
    "tookMs",
    "bytesPerSubscription",
    "generatorCpu",
  ],
  notes: () => (findChromium() === undefined ? [NO_CHROMIUM] : []),
  groups: (mode) => (mode.quick ? [] : groupsFor(mode)),
};

function groupsFor(mode: Mode): Group[] {
  const inBrowser = findChromium() !== undefined;
  const tableMs = mode.short ? TABLE_SHORT_MS : TABLE_MS;
  return [
    decoding("Node", mode),
    ...(inBrowser ? [decoding("Chromium", mode)] : []),
    ...(inBrowser
      ? [
          group("a table of prices", ["fanwire"], 1, 6 + tableMs / 1000, (start) =>
            measureTicker(start, { ...TABLE, ms: tableMs }),
          ),
        ]
      : []),
    group("a cut", ["fanwire", "centrifuge"], 2, 4, (start, name) =>
      measureResume(start, name, RESUMED),
    ),
    group("memory", ["fanwire", "centrifuge"], 2, 6, (start, name) =>
      measureMemory(start, name, HELD),
    ),
  ];
}

function decoding(place: Place, mode: Mode): Group {
  const seconds = secondsOf(mode) + (place === "Node" ? 3 : 6);
  return group(`decoding in ${place}`, sdkNames, undefined, seconds, (start, name) =>
    measureDecode(start, name, place, mode),
  );
}

function group(
  name: string,
  peers: readonly SdkName[],
  roundsMax: number | undefined,
  seconds: number,
  measure: (start: Start, name: SdkName) => Promise<Measured>,
): Group {
  return {
    name,
    peers,
    seconds,
    ...(roundsMax !== undefined && { roundsMax }),
    async *measure(start, peer: PeerName) {
      yield await measure(start, peer as SdkName);
    },
  };
}
