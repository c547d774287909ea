// What a server tells of itself: the processor time that it has used, and its memory.

/** Of the whole process. */
export interface Sample {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Of buffers, which lie beside the heap. */
  readonly bufferBytes: number;
}

/** Questions that every server answers. `collect`: makes the collector run. */
export function sampling(collect: () => void): {
  sample: () => Sample;
  collect: () => Sample;
} {
  return {
    sample,
    collect() {
      collect();
      return sample();
    },
  };
}

/** The collector of Node, which is there when it was started with --expose-gc. Twice: what the first finds out dead, the second frees. */
export function collectTwice(): void {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
}

function sample(): Sample {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    cpuSeconds: (user + system) / 1_000_000,
    rssBytes: rss,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
  };
}
