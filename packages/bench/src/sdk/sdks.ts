// Every client that is compared, by the name of its server.

import { openCentrifuge } from "./centrifuge.ts";
import { openFanwire } from "./fanwire.ts";
import type { OpenSdk } from "./sdk.ts";
import { openSocketIo } from "./socket-io.ts";

/** Servers that have a client here. */
export const sdkNames = ["fanwire", "centrifuge", "socket.io"] as const;
/** The server whose client it is. */
export type SdkName = (typeof sdkNames)[number];

/** How each connects. */
export const sdks: Readonly<Record<SdkName, OpenSdk>> = {
  fanwire: openFanwire,
  centrifuge: openCentrifuge,
  "socket.io": openSocketIo,
};
