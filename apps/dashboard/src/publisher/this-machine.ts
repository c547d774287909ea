// The machine that this process runs on.
import { linux } from "./linux.ts";
import type { Machine } from "./machine.ts";
import { portable } from "./portable.ts";

export const thisMachine = (): Machine => (process.platform === "linux" ? linux() : portable());
