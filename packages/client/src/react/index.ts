// Topics, states and members in components of React.

export { FanwireProvider, type FanwireProviderProps, useClient } from "./context.ts";
export { useLiveMap, usePresence } from "./use-live.ts";
export { useStore } from "./use-store.ts";
export { type Publish, usePublish, useStatus, useTopic } from "./use-topic.ts";
