// Functions of the application that are called when something happens.

import { onAbort } from "./call.ts";
import type { List } from "./store.ts";

/** One of them. */
export interface Hook {
  readonly kind: string;
  readonly run: (told: never) => void;
  /** It does not listen to its signal any more. */
  forget: () => void;
}

/** Who calls them. */
export interface Hooked {
  hooks: List<Hook>;
}

/** From now on `run` is among those of `owner`, until the signal is aborted or what it returns is called. */
export function addHook(
  owner: Hooked,
  kind: string,
  run: (told: never) => void,
  signal: AbortSignal | undefined,
): () => void {
  const hook: Hook = { kind, run, forget() {} };
  const remove = (): void => {
    owner.hooks = owner.hooks.filter((other) => other !== hook);
    hook.forget();
  };
  owner.hooks = owner.hooks.concat(hook);
  hook.forget = onAbort(signal, remove);
  return remove;
}
