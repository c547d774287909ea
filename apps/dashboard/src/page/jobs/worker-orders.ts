// Orders for workers, to the server of the page. Only in development: elsewhere workers are started by who runs them.

async function order(path: string): Promise<Response | undefined> {
  return fetch(`/dev/worker/${path}`, { method: "POST" }).catch(() => undefined);
}

/** What did not work, as a sentence; undefined: it was done. */
export async function startWorker(): Promise<string | undefined> {
  const answer = await order("start");
  if (answer?.ok) return undefined;
  return answer?.status === 429
    ? "No worker was started: there are as many as this machine should have."
    : "No worker was started: the server of this page did not answer.";
}

export async function endWorker(how: "stop" | "kill", pid: number): Promise<string | undefined> {
  const answer = await order(`${how}?pid=${pid}`);
  if (answer?.ok) return undefined;
  return answer?.status === 404
    ? `Worker ${pid} is not there any more.`
    : `Worker ${pid} goes on: the server of this page did not answer.`;
}
