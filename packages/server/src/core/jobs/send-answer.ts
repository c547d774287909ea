import type { Refusal } from "../refusal.ts";

/** What becomes of a request's jobs, each by its place in the request. */
export interface SendAnswer {
  taken(place: number, seq: number, isDuplicate: boolean): void;
  refused(place: number, why: Refusal): void;
}
