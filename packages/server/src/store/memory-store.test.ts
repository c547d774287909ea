import { describeStore } from "../ports/contract/store.testkit.ts";
import { MemoryStore, StoreMemory } from "./memory-store.ts";

describeStore("the memory store", () => {
  const memory = new StoreMemory();
  return { store: () => new MemoryStore(memory), discard: () => {} };
});
