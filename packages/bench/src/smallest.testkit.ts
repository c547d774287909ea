// A measurement outside of a run.

import { Lab } from "./lab.ts";
import { findPeer, type Peer, type PeerName } from "./peers.ts";
import type { Start } from "./scenario.ts";

/** Measures, and ends all processes. */
export async function smallest<T>(
  measure: (start: Start) => Promise<T>,
  name: PeerName = "fanwire",
): Promise<T> {
  const peer = (await findPeer(name, false)) as Peer;
  const labs: Lab[] = [];
  try {
    return await measure((options) => {
      const lab = new Lab(peer, 7, options);
      labs.push(lab);
      return lab;
    });
  } finally {
    await Promise.all(labs.map((lab) => lab.stop()));
  }
}
