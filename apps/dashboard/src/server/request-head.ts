// The head of an upgrade request as the hub shall see it: for its own address, else as it came.

/** What the browser's request and the hub's must differ in. */
const REPLACED = new Set(["host", "origin"]);

/** `rawHeaders` are name, value, name, value, as node:http parsed and bounded them. */
export function upgradeHead(rawHeaders: readonly string[], hubPort: number): string {
  const hub = `localhost:${hubPort}`;
  const lines = ["GET / HTTP/1.1", `Host: ${hub}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = [rawHeaders[i], rawHeaders[i + 1]];
    if (!REPLACED.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
    // the guard has compared it with our own Host, as the hub will with its own
    else if (name.toLowerCase() === "origin") lines.push(`Origin: http://${hub}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
