// What is said on which topics: a schema for each, which the compiler reads and payloads are compared with.

import { check } from "./check.ts";
import { ClientError } from "./errors.ts";
import { type Basis, guards, type Validate } from "./guard.ts";
import type { HistoryOptions } from "./history.ts";
import { nameOf } from "./names.ts";
import type { Publication } from "./publication.ts";
import type { PublishOptions } from "./publisher.ts";
import type { Diagnostic, Report } from "./report.ts";
import type { StandardResult, StandardSchema } from "./schema.ts";
import type { Subscription } from "./subscription.ts";

/** Schemas by topic or pattern, in which `{name}` stands for any one level. */
export type Contract = Readonly<Record<string, StandardSchema>>;

/**
 * Says what is said on which topics: `contract({ "prices.{symbol}": PriceSchema })`, with schemas of any Standard Schema library. Throws a
 * TypeError for a name that can be no topic or pattern, and for what is no schema.
 */
export function contract<const C extends Contract>(schemas: C): C {
  const own: C = { ...schemas };
  for (const [pattern, schema] of Object.entries(own)) {
    nameOf(pattern.replace(/\{\w+\}/gu, "x"));
    const standard = (schema as Partial<StandardSchema>)?.["~standard"];
    check(typeof standard?.validate === "function", pattern, "given a Standard Schema");
  }
  guards.set(own, (pattern, validate = "both", report) =>
    Object.hasOwn(own, pattern)
      ? (basis) => guard(basis, own[pattern]!, pattern, validate, report)
      : undefined,
  );
  return own;
}

const isPromise = (
  result: StandardResult<unknown> | Promise<StandardResult<unknown>>,
): result is Promise<StandardResult<unknown>> => "then" in result;

/** The first thing that is wrong, and where. */
function sentence(topic: string, { issues = [] }: StandardResult<unknown>): string {
  const [first] = issues;
  const path = first?.path?.map((step) => String(typeof step === "object" ? step.key : step));
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return [topic, path?.join("."), first?.message].filter(Boolean).join(": ") + more;
}

/** Undefined: it is as it should be. */
function faultOf(topic: string, result: StandardResult<unknown>): ClientError | undefined {
  const { issues } = result;
  return issues && new ClientError("invalid", { message: sentence(topic, result), issues });
}

/** A topic whose payloads are compared with `schema`. */
function guard(
  basis: Basis,
  schema: StandardSchema,
  pattern: string,
  validate: Validate,
  report: Report,
): Basis {
  const sends = validate === "send" || validate === "both";
  const receives = validate === "receive" || validate === "both";
  const publish = sends ? guardPublish(basis, schema) : basis.publish;
  if (!receives) return { ...basis, publish };
  const read = newReader(schema, pattern, report);
  const readOne = newReader(schema, pattern, rejected);
  return {
    name: basis.name,
    publish,
    history: (options) => readHistory(basis, read, options),
    latest: (options) => basis.latest(options).then((last) => last && readOne(last)),
    subscribe: (handler, options) => readSubscription(basis, read, handler, options),
  };
}

/** What is invalid is not sent. What is sent is what was given: whoever receives it makes the output of it. */
function guardPublish({ name, publish }: Basis, schema: StandardSchema): Basis["publish"] {
  return (data, options?: PublishOptions) => {
    if (options?.del) return publish(data, options);
    const judge = (result: StandardResult<unknown>): ReturnType<typeof publish> => {
      const fault = faultOf(name, result);
      return fault ? Promise.reject(fault) : publish(data, options);
    };
    const threw = (cause: unknown): never => {
      throw new ClientError("invalid", { cause });
    };
    let result: ReturnType<StandardSchema["~standard"]["validate"]>;
    try {
      result = schema["~standard"].validate(data);
    } catch (cause) {
      return Promise.reject(new ClientError("invalid", { cause }));
    }
    return isPromise(result) ? result.catch(threw).then(judge) : judge(result);
  };
}

/** What it makes of a publication; undefined: it is invalid, which was reported. */
type Read = (publication: Publication) => Publication | undefined;

/** Of one publication each listener gets the same, and it is reported once. */
function newReader(schema: StandardSchema, pattern: string, report: Report): Read {
  const known = new WeakMap<Publication, Publication | undefined>();

  function look(publication: Publication): Publication | undefined {
    const { topic, data, deleted } = publication;
    if (deleted) return publication;
    let error: unknown;
    try {
      const result = schema["~standard"].validate(data);
      if (isPromise(result)) {
        result.catch(() => {}); // whatever it says comes too late
        error = new TypeError(
          `${pattern} must be given a schema that is not asynchronous, or validate: "send"`,
        );
      } else if (result.issues) error = faultOf(topic, result);
      else
        return Object.is(result.value, data) ? publication : { ...publication, data: result.value };
    } catch (cause) {
      error = new ClientError("invalid", { cause });
    }
    report({ kind: "invalid", error, topic });
    return undefined;
  }

  return (publication) => {
    if (!known.has(publication)) known.set(publication, look(publication));
    return known.get(publication);
  };
}

/** Whoever waits for one publication is told by that. */
function rejected({ error }: Diagnostic): never {
  throw error instanceof ClientError ? error : new ClientError("invalid", { cause: error });
}

function readHistory(
  { history }: Basis,
  read: Read,
  options?: HistoryOptions,
): AsyncGenerator<Publication> {
  const entries = history(options);
  return (async function* () {
    for await (const entry of entries) {
      const publication = read(entry);
      if (publication) yield publication;
    }
  })();
}

/** A subscription that leaves out, and counts, what is invalid. */
function readSubscription(
  { subscribe }: Basis,
  read: Read,
  ...[handler, options]: Parameters<Basis["subscribe"]>
): Subscription<unknown> {
  let invalid = 0;
  function judge(publication: Publication): Publication | undefined {
    const valid = read(publication);
    if (!valid) invalid++;
    return valid;
  }
  const subscription = subscribe(
    handler &&
      ((publication) => {
        const valid = judge(publication);
        if (valid) handler(valid);
      }),
    options,
  );
  const pull = subscription[Symbol.asyncIterator].bind(subscription);
  let loop: AsyncGenerator<Publication, undefined> | undefined;
  async function* valids(): AsyncGenerator<Publication, undefined> {
    for await (const publication of { [Symbol.asyncIterator]: pull }) {
      // what a handler was called with is counted already
      const valid = handler ? read(publication) : judge(publication);
      if (valid) yield valid;
    }
    return undefined;
  }
  return Object.defineProperties(subscription, {
    invalid: { get: () => invalid },
    [Symbol.asyncIterator]: {
      value() {
        // from now on what comes waits for the loop
        pull();
        const pulled = (loop ??= valids());
        return {
          next: () => pulled.next(),
          return() {
            subscription.unsubscribe();
            return pulled.return(undefined);
          },
        };
      },
    },
  });
}
