// What an error means, for people. What the hub says of its codes comes from the protocol's table.

import { closeSentences, errorSentences } from "@fanwire/protocol";
import type { ClientError, ErrorCode } from "../errors.ts";
import { help, ownSentences } from "./sentences.ts";

/** An error in words, without the particulars of the case, which are in its `message`. */
export interface Explanation {
  /** What happened. */
  readonly sentence: string;
  /** What to do. */
  readonly help: string;
}

const refusals: Readonly<Record<string, string>> = { ...ownSentences, ...errorSentences };
const closings: Readonly<Record<string, string>> = closeSentences;

/**
 * Explains an error, or a code alone. Some codes are both of a refusal and of a closed connection (`forbidden`): of an error the one that it
 * was is explained, of a code the refusal. Of a `timeout` with a cause that is explained, which
 * is why there was no answer. Throws a TypeError for what is no code of this version.
 */
export function explain(error: ClientError | ErrorCode): Explanation {
  const told: { code: ErrorCode; closeCode?: number | undefined; cause?: unknown } =
    typeof error === "string" ? { code: error } : error;
  const { code, closeCode, cause } = told;
  if (code === "timeout" && cause) return explain(cause as ClientError);
  const [first, second] = closeCode === undefined ? [refusals, closings] : [closings, refusals];
  const from = Object.hasOwn(first, code) ? first : second;
  if (!Object.hasOwn(from, code)) throw new TypeError(`no code of an error: ${code}`);
  return { sentence: from[code]!, help: help[code] };
}
