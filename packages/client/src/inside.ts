// What other entries of this package use of a client.

import type { Codec } from "./codec.ts";
import type { Link } from "./link.ts";
import type { Report } from "./report.ts";

/** What a client is made of. */
export interface Inside {
  readonly link: Link;
  readonly codec: Codec;
  readonly report: Report;
}

/** By client. */
export const insides: WeakMap<object, Inside> = new WeakMap<object, Inside>();
