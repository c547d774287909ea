// The hub's answer to whoever tries something, and how it is told.
import type { ErrorCode } from "@fanwire/client";
import type { Right } from "./rights.ts";

export type Verdict =
  | { readonly is: "asking" }
  | { readonly is: "allowed"; readonly right: Right }
  /** The hub's own sentence and code. */
  | { readonly is: "refused"; readonly sentence: string; readonly code: ErrorCode }
  /** It could not be asked, or did not say. */
  | { readonly is: "unknown"; readonly sentence: string; readonly code?: ErrorCode };

export interface Answered {
  readonly code: ErrorCode;
  readonly message: string;
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "forbidden",
  "unauthenticated",
  "token-expired",
  "revoked",
]);

/** Anything else than a refusal, as a hub that is busy, does not tell what one may. */
export const verdictOf = ({ code, message: sentence }: Answered): Verdict =>
  REFUSALS.has(code) ? { is: "refused", sentence, code } : { is: "unknown", sentence, code };

export const NOT_CONNECTED: Verdict = {
  is: "unknown",
  sentence: "There is no connection to ask over.",
};

export interface VerdictWords {
  readonly word: string;
  /** As programs compare it. */
  readonly code: string | undefined;
  readonly sentence: string;
}

export function verdictWords(verdict: Verdict): VerdictWords {
  switch (verdict.is) {
    case "asking":
      return { word: "Asking", code: undefined, sentence: "The hub is asked." };
    case "allowed":
      return { word: "Allowed", code: "ok", sentence: allowedSentence(verdict.right) };
    case "refused":
      return { word: "Refused", code: verdict.code, sentence: verdict.sentence };
    case "unknown":
      return {
        word: verdict.code ? "No answer" : "Not asked",
        code: verdict.code,
        sentence: verdict.sentence,
      };
    default:
      return verdict satisfies never;
  }
}

/** The hub says yes without words. */
const allowedSentence = ({ verb, name }: Right): string =>
  verb === "follow"
    ? `The hub granted a subscription to ${name}.`
    : `The hub took an empty publication to ${name}.`;
