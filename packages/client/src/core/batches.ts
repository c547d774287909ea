/** Joins frames into WebSocket messages of at most `bytesMax` bytes, unless one frame alone is longer; in their order. */
export function batches(
  frames: readonly Uint8Array[],
  bytesMax: number,
): Uint8Array<ArrayBuffer>[] {
  const joined: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; from < frames.length;) {
    let to = from;
    let bytes = 0;
    do bytes += frames[to++]!.length;
    while (to < frames.length && bytes + frames[to]!.length <= bytesMax);
    const batch = new Uint8Array(bytes);
    for (let at = 0; from < to; at += frames[from++]!.length) batch.set(frames[from]!, at);
    joined.push(batch);
  }
  return joined;
}
