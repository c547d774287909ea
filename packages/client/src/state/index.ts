// State of a topic as a map that is kept up to date.

export { type LiveMap, liveMap, type LiveMapOptions, type SetOptions } from "./live-map.ts";
