// One figure to be reached.

import type { MetricName } from "./metrics.ts";
import type { PeerName } from "./peers.ts";

/** What is compared: our hub with a peer, one case of ours with another, or one figure with a bound. */
export interface Bar {
  readonly says: string;
  readonly scenario: string;
  readonly case: string;
  readonly metric: MetricName;
  readonly against?: { readonly peer: PeerName } | { readonly case: string };
  readonly atLeast?: number;
  readonly atMost?: number;
  /** A bar of "as good as": what lies within the noise is reached. */
  readonly noiseAside?: boolean;
}
