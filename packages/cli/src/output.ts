// What goes to the shell. A reader that has enough (`| head`) closes the pipe; that is no failure.

/** Ends the command quietly when standard output goes away. */
export function endWithReader(end: () => void): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    end();
  });
}

/** Writes a line to standard output. Returns whether the reader keeps up. */
export function print(line: string): boolean {
  return process.stdout.write(`${line}\n`);
}

/** Says something to the person at the shell, on standard error. */
export function note(sentence: string): void {
  process.stderr.write(`fanwire: ${sentence}\n`);
}

/** Data as one line of text: strings as they are but for line breaks, everything else as JSON. */
export function lineOf(data: unknown): string {
  if (typeof data === "string")
    return data.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return jsonOf(data);
}

/** Data as JSON on one line. What JSON does not have: bytes become base64, dates ISO 8601, large integers strings. */
export function jsonOf(data: unknown): string {
  return JSON.stringify(data, replace) ?? "null";
}

function replace(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "bigint" ? value.toString() : value;
}
