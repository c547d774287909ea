// Whose tokens there are in the demo, and how long they are good: what the page, its server and the publisher have in common.

/** The subject of a page: `page-` and what it made up, so that nobody else has it by chance. */
const PAGE_SUBJECT = /^page-[0-9a-f]{12}$/;

export const isPageSubject = (text: string): boolean => PAGE_SUBJECT.test(text);

/** In seconds: short, so that whoever looks for half an hour has seen a few of them replaced. */
export const TOKEN_SECONDS = 600;
const SECONDS_MIN = 2;
const SECONDS_MAX = 86_400;

/** How long a token shall be good, as it stands in the environment; undefined for what cannot be. */
export function tokenSeconds(asked: string | undefined): number | undefined {
  if (asked === undefined) return TOKEN_SECONDS;
  const seconds = Number(asked);
  const isOne = Number.isInteger(seconds) && seconds >= SECONDS_MIN && seconds <= SECONDS_MAX;
  return isOne ? seconds : undefined;
}
