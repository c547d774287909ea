// The servers that are compared: how each is started, which language it speaks, and what was chosen for it.

import { readFileSync } from "node:fs";
import { findBun } from "./bun-binary.ts";
import { type Command, nodeCommand } from "./child.ts";
import type { WireName } from "./generator/wires.ts";
import { findRabbit } from "./rabbit-script.ts";

/** All servers, ours first, in the order in which they are measured and shown. */
export const peerNames = [
  "fanwire",
  "naive",
  "bun",
  "socket.io",
  "aedes",
  "rabbitmq-classic",
  "rabbitmq-quorum",
  "centrifuge",
] as const;
/** The name of a server. */
export type PeerName = (typeof peerNames)[number];

/** A server that can be started. */
export interface Peer {
  readonly name: PeerName;
  /** Its publications; `amqp`: it has jobs only; `none`: it is there for its client. */
  readonly wire: WireName | "amqp" | "none";
  readonly command: Command;
  readonly version: string;
  /** It may take so long until it is ready; where it takes longer than others. */
  readonly readyMs?: number;
  /** What was chosen for it, in a sentence. */
  readonly chosen: string;
}

/** A peer, or the sentence that says why it is not there. */
export type Found = Peer | string;

const FILES: Readonly<Record<PeerName, URL>> = {
  fanwire: new URL("./peers/fanwire.ts", import.meta.url),
  naive: new URL("./peers/naive.ts", import.meta.url),
  bun: new URL("./peers/bun.ts", import.meta.url),
  "socket.io": new URL("./peers/socket-io.ts", import.meta.url),
  aedes: new URL("./peers/aedes.ts", import.meta.url),
  "rabbitmq-classic": new URL("./peers/rabbitmq.ts", import.meta.url),
  "rabbitmq-quorum": new URL("./peers/rabbitmq.ts", import.meta.url),
  centrifuge: new URL("./peers/centrifuge.ts", import.meta.url),
};

const WIRES: Readonly<Record<PeerName, Peer["wire"]>> = {
  fanwire: "fanwire",
  naive: "plain",
  bun: "plain",
  "socket.io": "socket.io",
  aedes: "mqtt",
  "rabbitmq-classic": "amqp",
  "rabbitmq-quorum": "amqp",
  centrifuge: "none",
};

const CHOSEN: Readonly<Record<PeerName, string>> = {
  fanwire: "default options, topics by alias, clients report what they have seen",
  naive: "ws, one send for each subscriber, bare payload",
  bun: "server.publish of Bun, bare payload, no pings",
  "socket.io": "WebSocket only, rooms, binary events, first request not kept",
  aedes: "MQTT 3.1.1 over WebSocket, QoS 0, default options",
  "rabbitmq-classic":
    "classic queue, amqplib with publisher confirms, acknowledgements of what came together in one frame; these are not confirmed",
  "rabbitmq-quorum": "quorum queue of one node, else as rabbitmq-classic",
  centrifuge:
    "centrifuge-js in its JSON language, beside the least server that speaks it: no history, no offsets",
};

/** An Erlang machine starts, in milliseconds. */
const RABBIT_READY_MS = 120_000;

/** Looks a peer up. `mayFetch`: whether Bun may be downloaded. */
export async function findPeer(name: PeerName, mayFetch: boolean): Promise<Found> {
  const file = FILES[name];
  const same = { name, wire: WIRES[name], chosen: CHOSEN[name] };
  if (same.wire === "amqp") return rabbitPeer({ ...same, name }, file);
  if (name !== "bun") {
    const command = nodeCommand(file, "--expose-gc");
    return { ...same, command, version: versionOf(name === "naive" ? "ws" : name) };
  }
  const bun = await findBun(mayFetch);
  if (typeof bun === "string") return bun;
  const command = [bun.path, decodeURIComponent(file.pathname)] as const;
  return { ...same, command, version: bun.version };
}

function rabbitPeer(same: Pick<Peer, "name" | "wire" | "chosen">, file: URL): Found {
  const rabbit = findRabbit();
  if (typeof rabbit === "string") return rabbit;
  const command = [...nodeCommand(file), rabbit.path] as const;
  return { ...same, command, version: rabbit.version, readyMs: RABBIT_READY_MS };
}

function versionOf(peer: string): string {
  const name = peer === "fanwire" ? "@fanwire/server" : peer;
  const manifest = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return version;
}
