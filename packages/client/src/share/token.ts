// The one token of all tabs: one of those that live is asked for it, the next one when that goes away or says nothing.

import type { TokenSource } from "../auth.ts";
import { ClientError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import type { FromRelay, PlainError, Port } from "./port.ts";

/** When a tab that was asked for a token says nothing for so long another is asked too, in milliseconds. */
const askMs = 3000;

/** A token that a tab gave, or why it gave none. */
interface TokenAnswer {
  readonly token?: string | undefined;
  readonly error?: PlainError | undefined;
}

/** One question. */
interface Question {
  /** Who was asked and is there. */
  readonly asked: Set<Port<FromRelay>>;
  /** Asks another. */
  next(): void;
  end(answer: TokenAnswer): void;
}

export interface Tokens {
  /** Asks a tab. */
  readonly source: Exclude<TokenSource, string>;
  answer(tab: Port<FromRelay>, ask: number, answer: TokenAnswer): void;
  /** The tab is gone. */
  forget(tab: Port<FromRelay>): void;
}

const errorOf = ({ code = "no-token", message, retryable }: PlainError): ClientError =>
  new ClientError(code, { message, retryable });

const nobody: PlainError = { message: "no tab gave a token", code: undefined, retryable: true };

/** `tabs`: those that are there, in the order in which they are asked. */
export function openTokens(tabs: () => Iterable<Port<FromRelay>>, runtime: Runtime): Tokens {
  const questions = new Map<number, Question>();
  let lastAsk = 0;

  const source: Tokens["source"] = ({ reason, signal }) =>
    new Promise<string>((resolve, reject) => {
      const ask = ++lastAsk;
      const before = new Set<Port<FromRelay>>();
      let timer: unknown;
      function stop(): void {
        questions.delete(ask);
        runtime.clearTimer(timer);
        for (const tab of question.asked) tab.post({ kind: "enough", ask });
      }
      const question: Question = {
        asked: new Set(),
        next() {
          runtime.clearTimer(timer);
          const tab = [...tabs()].find((other) => !before.has(other));
          if (!tab) return question.asked.size > 0 ? undefined : question.end({ error: nobody });
          before.add(tab);
          question.asked.add(tab);
          timer = runtime.setTimer(() => question.next(), askMs);
          tab.post({ kind: "token", ask, reason });
        },
        end({ token, error }) {
          stop();
          if (error) reject(errorOf(error));
          else resolve(token!);
        },
      };
      questions.set(ask, question);
      signal.addEventListener("abort", stop);
      question.next();
    });

  return {
    source,
    answer(tab, ask, answer) {
      const question = questions.get(ask);
      if (question?.asked.delete(tab)) question.end(answer);
    },
    forget(tab) {
      for (const question of questions.values()) if (question.asked.delete(tab)) question.next();
    },
  };
}
