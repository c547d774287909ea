// Bytes that came over the socket, as a rate.

const PARTS = 8;

export class BytesIn {
  #total = 0;
  #marks: { readonly at: number; readonly total: number }[] = [];

  readonly add = (bytes: number): void => {
    this.#total += bytes;
  };

  /** A second, over the last few calls: to be called at an even pace. NaN the first time. */
  rate(now: number): number {
    this.#marks.push({ at: now, total: this.#total });
    if (this.#marks.length > PARTS) this.#marks.shift();
    const first = this.#marks[0];
    if (!first || first.at >= now) return NaN;
    return ((this.#total - first.total) * 1000) / (now - first.at);
  }
}

/** A WebSocket that tells how much came. */
export function countingWebSocket(count: (bytes: number) => void): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) count(data.byteLength);
        else if (data instanceof Blob) count(data.size);
      });
    }
  };
}
