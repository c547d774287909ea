// Requests and answers of the HTTP routes: JSON, small, never kept by anybody between.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorName } from "@fanwire/protocol";

/** A body, in bytes. */
const BODY_BYTES_MAX = 262_144;

/** Why a request is not answered as it hoped. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ErrorName;
  readonly retryAfterMs: number | null;

  constructor(
    status: number,
    code: ErrorName,
    sentence: string,
    retryAfterMs: number | null = null,
  ) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Reads a body that is a JSON object, or none. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX)
      throw new Problem(413, "too-large", `A body may have ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk as Buffer);
  }
  if (bytes === 0) return {};
  // a page of another site may send text and forms without asking first, but not this
  if (!/^application\/json(?:;|$)/iu.test(request.headers["content-type"] ?? ""))
    throw new Problem(415, "unsupported", "A body must be of the type application/json.");
  const value = parsed(Buffer.concat(chunks).toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Problem(400, "malformed-value", "The body must be a JSON object.");
}

export function sendJson(response: ServerResponse, status: number, value: object): void {
  if (status >= 400) response.setHeader("Connection", "close");
  if (status === 401) response.setHeader("WWW-Authenticate", "Bearer");
  response.writeHead(status, { ...HEADERS, "Content-Type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(value)}\n`);
}

export function sendText(response: ServerResponse, status: number, text: string | undefined): void {
  response.writeHead(status, {
    ...HEADERS,
    Connection: "close",
    "Content-Type": "text/plain; charset=utf-8",
  });
  response.end(text);
}

const HEADERS = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" } as const;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
