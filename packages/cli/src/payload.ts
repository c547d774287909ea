// What stands on a command line or in a line of input, as what is sent.

/** JSON is the value that it stands for, anything else text. */
export function valueOf(text: string | undefined, isText: boolean): unknown {
  if (text === undefined) return null;
  if (isText) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
