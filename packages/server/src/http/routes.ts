// Which request is answered by what. Everything that is not a WebSocket.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Problem, sendJson, sendText } from "./exchange.ts";

/** What a route answers with, as JSON. */
export interface Route {
  readonly method: "POST";
  readonly path: string;
  answer(request: IncomingMessage): Promise<object>;
}

/** `socketPath`: where the WebSocket is, for the sentence that others get. */
export function routing(socketPath: string, routes: readonly Route[]): RequestListener {
  return (request, response) => {
    void answer(socketPath, routes, request, response);
  };
}

async function answer(
  socketPath: string,
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  const route = routes.find((candidate) => candidate.path === path);
  if (route === undefined) return notHere(socketPath, request, response);
  try {
    if (request.method !== route.method) {
      response.setHeader("Allow", route.method);
      throw new Problem(405, "unsupported", `${route.path} is asked by ${route.method}.`);
    }
    sendJson(response, 200, await route.answer(request));
  } catch (error) {
    const problem =
      error instanceof Problem ? error : new Problem(500, "internal", "The hub failed at it.");
    if (problem.retryAfterMs !== null)
      response.setHeader("Retry-After", Math.ceil(problem.retryAfterMs / 1000));
    sendJson(response, problem.status, { error: problem.code, text: problem.message });
  }
}

function notHere(socketPath: string, request: IncomingMessage, response: ServerResponse): void {
  const text = `This is a fanwire hub. It speaks WebSocket at ${socketPath}, with the subprotocol fanwire.1.\n`;
  response.setHeader("Upgrade", "websocket");
  sendText(response, 426, request.method === "HEAD" ? undefined : text);
}
