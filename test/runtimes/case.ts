// A case of the suite, and what a runtime tells of it. Runs everywhere: nothing here may come from a platform but what all of them have.

/** Where the hubs are that the suite is run against, as the host tells a runtime. */
export interface Place {
  /** An open hub. */
  readonly hub: string;
  /** The same hub, over a wire that is cut when somebody says so. */
  readonly wire: string;
  /** What is published to have the wire cut. */
  readonly cutTopic: string;
  /** A hub that asks for tokens, and one that it takes. */
  readonly keyed: string;
  readonly token: string;
  /** Part of the names of all topics: no two runtimes meet. */
  readonly name: string;
}

/** What became of a case. */
export interface Outcome {
  readonly name: string;
  readonly ms: number;
  /** Why it failed; undefined: it passed. */
  readonly error?: string;
}

export interface Case {
  readonly name: string;
  run(place: Place): Promise<void>;
}

/** No case takes longer, in milliseconds. */
const caseMs = 30_000;

/** Throws when two values are not the same, written as JSON. */
export function same(got: unknown, wanted: unknown): void {
  const [found, expected] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (found !== expected) throw new Error(`got ${found}, and not ${expected}`);
}

/** Resolves with the next thing that `start` hands over. */
export function next<T>(start: (tell: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve) => {
    start(resolve);
  });
}

/** Runs cases one after the other. */
export async function runCases(
  cases: readonly Case[],
  place: Place,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  for (const one of cases) {
    const begun = Date.now();
    const why = await failureOf(one, place);
    const outcome = { name: one.name, ms: Date.now() - begun };
    tell(why === undefined ? outcome : { ...outcome, error: why });
  }
}

async function failureOf(one: Case, place: Place): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not done after ${caseMs} ms`), caseMs);
  });
  const done = one.run(place).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  return outcome;
}
