// One socket for all tabs of an origin.

export { shareClient, type ShareOptions } from "./share-client.ts";
