// A child's end of the line to the benchmark: one JSON value a line, on standard input and output. The line is also the leash: when the
// benchmark is gone, however it went, standard input ends and the child ends with it. Runs in Node and in Bun.

import { createInterface } from "node:readline";

/** What a child can be asked for, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** A question, as it stands on the line. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** The answer to the question with this id; id 0 stands for "ready". */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/**
 * Says that the child is ready, with what the benchmark must know, and answers questions until standard input ends. `end`: what the child
 * must end itself before it is gone.
 */
export function answerQuestions(
  ready: unknown,
  handlers: Handlers,
  end: () => Promise<void> = async () => {},
): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void answer(JSON.parse(line) as Question, handlers));
  lines.on("close", () => void end().finally(() => process.exit(0)));
  say({ id: 0, value: ready });
}

async function answer({ id, name, argument }: Question, handlers: Handlers): Promise<void> {
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new TypeError(`There is nothing called ${name} here.`);
    say({ id, value: await handler(argument as never) });
  } catch (error) {
    say({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function say(answered: Answer): void {
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}
