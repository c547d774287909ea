// The list of keys.
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { KEYS } from "../keyboard.ts";
import { useStore } from "../store.ts";
import type { View } from "../view.ts";

export function KeysDialog({ view }: { view: View }): JSX.Element {
  const open = useStore(view.keysOpen);
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="keys" aria-label="Keys" onClose={() => view.keysOpen.set(false)}>
      <div class="head">
        <h2>Keys</h2>
        <button class="btn small" onClick={() => view.keysOpen.set(false)}>
          Close
        </button>
      </div>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
