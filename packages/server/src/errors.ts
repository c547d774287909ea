import type { ErrorName } from "@fanwire/protocol";
import type { StoreErrorCode } from "./ports/store.ts";

/** Why the hub did not do what it was asked to: it could not listen, or refused, with a name of the table of errors. */
export type HubErrorCode =
  | "not-loopback"
  | "address-in-use"
  | "address-unavailable"
  /** The store failed while the hub ran. */
  | "store-failed"
  /** What is stored is not what the rules expect. */
  | "rules-differ"
  | StoreErrorCode
  | Extract<ErrorName, "too-many-topics" | "storage-full" | "rate-limited">;

/** An error that is not the programmer's: those are TypeErrors, at once. */
export class HubError extends Error {
  override readonly name: string = "HubError";
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
