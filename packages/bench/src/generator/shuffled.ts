/** The numbers from 0 to below `count` in an order that only the seed decides. */
export function shuffled(count: number, seed: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, i) => i);
  let state = seed >>> 0;
  for (let left = count; left > 1; left--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const chosen = Math.floor((state / 2 ** 32) * left);
    const last = numbers[left - 1]!;
    numbers[left - 1] = numbers[chosen]!;
    numbers[chosen] = last;
  }
  return numbers;
}
