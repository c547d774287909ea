/** What is traded. */
export const symbols: readonly string[] = Array.from(
  { length: 5000 },
  (_, i) => `S${String(i).padStart(4, "0")}`,
);
