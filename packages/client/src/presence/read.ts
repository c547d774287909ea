// The members of a topic, once and page by page.

import type { CallOptions } from "../call.ts";
import type { AnyClient } from "../client.ts";
import type { From, Position } from "../position.ts";
import { listOf, type Member, memberOf } from "./member.ts";

/**
 * Reads who is a member of `topic`, in pages of at most 1,000, each when it is asked for; of more than 1,000 members, those of whom the hub
 * tells all. Whoever is there all the time is told once, with what it said then. Rejects with a `ClientError` as `history` does.
 */
export function readMembers<T = unknown>(
  client: AnyClient,
  topic: string,
  options: CallOptions = {},
): AsyncIterable<Member<T>> {
  const list = client.topic<T>(listOf(topic));
  const told = new Set<string>();

  async function* read(from: From): AsyncGenerator<Member<T>, undefined> {
    let last: Position | undefined;
    for await (const publication of list.history({ ...options, from })) {
      last = publication.position;
      const member = memberOf(publication);
      if (told.has(member.session)) continue;
      told.add(member.session);
      yield member;
    }
    // who spoke meanwhile stands behind that
    if (last) yield* read(last);
    return undefined;
  }
  return read("start");
}
