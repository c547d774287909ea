import type { EnvelopeValue } from "@fanwire/protocol";
import type { Parts } from "../parts.ts";
import type { Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";

export type Args = ReadonlyMap<string, EnvelopeValue>;

/** What is answered beside that it was done; null: nothing. */
export type Result = Args | null;

/** One MANAGE, and how it is answered. */
export interface Managing {
  readonly parts: Parts;
  readonly session: LiveSession;
  readonly id: number;
  readonly args: Args;
  /** `isLong`: it may have more than 4 KiB, and has a message of its own then. */
  readonly ok: (result?: Result, isLong?: boolean) => void;
  readonly refuse: (why: Refusal) => void;
}
