// The languages that the load generator speaks, by name.

import type { Wire } from "./wire.ts";
import { fanwire } from "./wires/fanwire.ts";
import { mqtt } from "./wires/mqtt.ts";
import { plain } from "./wires/plain.ts";
import { socketIo } from "./wires/socket-io.ts";

/** The name of a language. */
export type WireName = "fanwire" | "plain" | "socket.io" | "mqtt";

/** Each language. */
export const wires: Readonly<Record<WireName, Wire>> = {
  fanwire,
  plain,
  "socket.io": socketIo,
  mqtt,
};
