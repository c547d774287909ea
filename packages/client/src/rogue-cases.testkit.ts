// What a server may do that is no hub.

import type { Socket } from "node:net";
import { batch, SeededRandom } from "@fanwire/testkit";
import { hub } from "./fake-hub.testkit.ts";
import { frame, type Peer } from "./rogue.testkit.ts";

const noise = (length: number, seed: number): Uint8Array => {
  const random = new SeededRandom(seed);
  return Uint8Array.from({ length }, () => random.below(256));
};

/** What a connection meets. */
export type Meet = (peer: Peer) => void;

/** By what happens. */
type Cases = Readonly<Record<string, Meet>>;

/** A hub that says something odd when the client has subscribed. */
const after =
  (...odd: readonly (Uint8Array | string)[]) =>
  (peer: Peer): void => {
    peer.behave().onSubscribe((id) => peer.say(hub.granted(id, { sub: 1 }), ...odd));
  };

const greeted =
  (...odd: readonly (Uint8Array | string)[]) =>
  (peer: Peer): void => {
    peer.onHello(() => peer.say(...odd));
  };

/** What is no frame. */
export const malformed: Cases = {
  "noise instead of WELCOME": greeted(Uint8Array.of(0xc1), noise(200, 1)),
  "noise behind it": after(Uint8Array.of(0xc1, 0xff, 0x00), noise(64, 2)),
  "a text message": after("welcome!"),
  "a text message that is long": after("x".repeat(1_000_000)),
  "an empty message": after(new Uint8Array(0)),
  "20 MB of noise in one message": after(new Uint8Array(20_000_000).fill(0xc1)),
  "a number instead of a frame": after(Uint8Array.of(5)),
  "a frame that is cut short": after(hub.publication(1, 1, "x").slice(0, -1)),
  "an array of four thousand million elements": after(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)),
  "a map of as many": after(Uint8Array.of(0x92, 33, 0xdf, 0xff, 0xff, 0xff, 0xff)),
  "bytes of four gigabytes": after(Uint8Array.of(0x92, 36, 0xc6, 0xff, 0xff, 0xff, 0xff, 1)),
  "a text of four gigabytes": after(Uint8Array.of(0x92, 36, 0xdb, 0xff, 0xff, 0xff, 0xff, 1)),
  "arrays in arrays, a thousand deep": after(new Uint8Array(1000).fill(0x91)),
};

/** What a client need not mind. */
export const harmless: Cases = {
  "answers to questions that nobody asked": after(
    hub.ok(999),
    hub.ok(0),
    hub.published(4_000_000),
    hub.refused(77, "forbidden"),
    hub.read(5),
    hub.authOk(9, 1),
  ),
  "publications, gaps and ends of streams that nobody follows": after(
    hub.publication(99, 1, "x"),
    hub.patternPublication(98, "b", 1, "x"),
    hub.gap(97, {}),
    hub.ended(96, "revoked"),
    hub.caughtUp(95),
    hub.mark(94, 1),
    hub.history(93, 1, "x"),
  ),
  "frames of opcodes that nobody knows, and 1 MB in one of them": after(
    frame(100),
    frame(126, 1, [2], "x"),
    frame(127, new Uint8Array(1_000_000)),
  ),
  "WELCOME a second time": after(hub.welcome({}, "another")),
  "a grant, given twice": (peer) => {
    peer
      .behave()
      .onSubscribe((id) => peer.say(hub.granted(id, { sub: 1 }), hub.granted(id, { sub: 2 })));
  },
  "an answer, given twice, the second time another": (peer) => {
    peer
      .behave()
      .onPublish((id) =>
        peer.say(hub.published(id), hub.refused(id, "forbidden"), hub.published(id, { offset: 9 })),
      );
  },
  "another version of the protocol": (peer) => {
    peer.behave(frame(33, 99, "s1", "secret", 1_700_000_000_000, {}, ["time travel"], null));
  },
  "a PING for everything, ten thousand times": after(
    ...Array.from({ length: 100 }, () =>
      batch(...Array.from({ length: 100 }, (_, n) => hub.ping(n))),
    ),
  ),
  "WELCOME a byte at a time": (peer) => {
    peer.behave().onHello(() => void slowly(peer.raw, serverFrame(hub.welcome())));
  },
};

/** As it lies in a WebSocket. */
const serverFrame = (message: Uint8Array): Uint8Array =>
  Uint8Array.from([0x82, 126, message.length >> 8, message.length & 255, ...message]);

/** Each byte in a turn of its own. */
async function slowly(raw: Socket, bytes: Uint8Array): Promise<void> {
  for (const byte of bytes)
    await new Promise<void>((resolve) => {
      raw.write(Uint8Array.of(byte), () => setImmediate(resolve));
    });
}

/** What never becomes a link, or is none any more. */
export const silent: Cases = {
  "nothing, ever": () => {},
  "half of WELCOME": (peer) => {
    peer.onHello(() => void peer.raw.write(serverFrame(hub.welcome()).slice(0, 9)));
  },
  "everything but WELCOME": greeted(
    hub.ping(1),
    hub.ok(1),
    hub.moving(5),
    hub.publication(1, 1, "x"),
  ),
  "WELCOME, and nothing behind it": (peer) => {
    peer.onHello(() => peer.say(hub.welcome()));
  },
};

/** Ends of connections that say nothing, or break the rules of WebSockets. */
export const broken: Cases = {
  "no close code": (peer: Peer): void => void peer.onHello(() => peer.socket.close()),
  "an end in the middle": (peer: Peer): void => void peer.onHello(() => peer.raw.destroy()),
  "a reset": (peer: Peer): void => void peer.onHello(() => peer.raw.resetAndDestroy()),
  "a WebSocket frame with reserved bits": (peer: Peer): void =>
    void peer.onHello(() => void peer.raw.write(Uint8Array.of(0xf2, 1, 1))),
  "a masked WebSocket frame": (peer: Peer): void =>
    void peer.onHello(() => void peer.raw.write(Uint8Array.of(0x82, 0x81, 1, 2, 3, 4, 5))),
  "a message of 2^62 bytes": (peer: Peer): void =>
    void peer.onHello(
      () => void peer.raw.write(Uint8Array.of(0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0)),
    ),
};
