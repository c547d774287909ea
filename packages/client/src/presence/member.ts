// One who is there.

import { check } from "../check.ts";
import { nameOf } from "../names.ts";
import type { Publication } from "../publication.ts";

/** A session that has entered a topic. Whoever looks at members shares the object and its data: do not change them. */
export interface Member<T = unknown> {
  /** The hub's id of it: for one's own, that of the client's status while it is live. A session does not outlive its connection. */
  readonly session: string;
  /** Whom its token is for; undefined where the hub asks for no tokens. */
  readonly subject: string | undefined;
  /** What it says of itself. */
  readonly data: T;
  /** When it said so, in milliseconds since 1970 by the hub's clock. */
  readonly time: number;
}

export const memberOf = <T>({ key = "", from, data, time }: Publication<T>): Member<T> => ({
  session: key,
  subject: from,
  data,
  time,
});

/** The name of a topic that can have members. Throws a TypeError for a pattern, and for one of the hub's own. */
export function placeOfMembers(topic: string): string {
  const name = nameOf(topic);
  check(!/^\$|\*/u.test(name), "topic", "no pattern, and none of the hub's own");
  return name;
}

const LIST = "$presence.";

/** Where its members are told. */
export const listOf = (topic: string): string => LIST + placeOfMembers(topic);

/** The topic whose members are told there; empty: of none. */
export const memberTopicOf = (list: string): string =>
  list.startsWith(LIST) ? list.slice(LIST.length) : "";

/** Where they are counted. */
export const countOf = (topic: string): string => `$members.${placeOfMembers(topic)}`;
