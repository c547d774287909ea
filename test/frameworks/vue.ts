// A store in Vue: a ref, followed as long as the component is mounted. On a server it has the first value, and nothing is opened.

import type { Store } from "@fanwire/client";
import { onMounted, onUnmounted, type ShallowRef, shallowRef } from "vue";

export function useStore<S>(store: Store<S>): Readonly<ShallowRef<S>> {
  const value = shallowRef(store.get());
  let off: (() => void) | undefined;
  onMounted(() => {
    off = store.subscribe((now) => {
      value.value = now;
    });
  });
  onUnmounted(() => off?.());
  return value;
}
