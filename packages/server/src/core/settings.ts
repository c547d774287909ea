/** What the core must know of the hub's options; `options.ts` says what each means, its default and its bounds. */
export interface Settings {
  readonly payloadBytesMax: number;
  readonly batchBytesMax: number;
  readonly greetingMs: number;
  readonly greetingBytesMax: number;
  readonly subscriptionsMax: number;
  readonly patternsMax: number;
  readonly topicsMax: number;
  readonly unsentBytesMax: number;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
}
