import type { Parts } from "../parts.ts";
import { limited, type Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";

/** Why a request comes too soon that counts as SUBSCRIBE does; when it does not, it is counted. `what`: the name of its frame. */
export function whyTooOften(
  { clock }: Parts,
  { rates }: LiveSession,
  what: string,
): Refusal | undefined {
  const wait = rates?.take("subscribe", clock.now) ?? 0;
  if (wait === 0) return undefined;
  const text = `${what} and SUBSCRIBE come too often; go on in ${wait} ms.`;
  return limited("rate-limited", rates!.table.subscribe.limit, text, wait);
}
