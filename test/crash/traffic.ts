// One kind of load on a hub, with those who look at what becomes of it. What they see goes to the recorder; whether it is right is for the
// judge of the same kind to say. A run has several kinds at once, and knows nothing of what they are.

import type { TopicOptions } from "@fanwire/server";
import type { Recorder } from "./history.ts";

/** Where the hub is, and what the traffic may use. */
export interface Place {
  readonly url: string;
  readonly recorder: Recorder;
  readonly seed: number;
  /** Whether somebody has all that is known of what they follow. */
  hasAll(who: string): boolean;
}

export interface Traffic {
  /** How the hub is configured for it. */
  readonly rules: readonly TopicOptions[];
  /** The hub listens. Clients find it again by themselves from now on. */
  begin(place: Place): Promise<void>;
  /** Does something that clients do now and then, drawn by chance. */
  disturb(): void;
  /** Reads back what is new since the last time. Rejects when the hub goes away. */
  look(): Promise<void>;
  /** Reads back all that is kept. */
  lookAtAll(): Promise<void>;
  /** What has bounds has reached them, and is answered. */
  readonly isDone: boolean;
  /** Asks for nothing new. Resolves when everything is answered, or the time is over. */
  drain(ms: number): Promise<void>;
  /** Everybody has what there is for them. */
  readonly isSettled: boolean;
  /** Writes down that nothing more can be waited for. */
  settle(): void;
  stop(): Promise<void>;
  /** From now on other close codes count. */
  forgetCloseCodes(): void;
  /** How clients were closed since then: one code of each that was, 4004 if that was among several. */
  closeCodes(): readonly number[];
  /** Refusals so far, by their code. */
  refusals(): ReadonlyMap<number, number>;
}
