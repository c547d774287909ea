// An outbox that outlives the page.

export { indexedDbOutbox } from "./indexed-db.ts";
