/** The folders that are pages. */
export const pages: readonly string[] = ["chat", "cursors", "ticker", "todo"];
