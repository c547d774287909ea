// The page's token comes from the page's own server, each time the client wants one.

export async function fetchToken(subject: string, signal: AbortSignal): Promise<string> {
  const query = new URLSearchParams({ subject });
  const answer = await fetch(`/token?${query}`, { method: "POST", signal });
  if (!answer.ok) throw new Error(`The server of this page gave no token (HTTP ${answer.status}).`);
  const { token } = (await answer.json()) as { readonly token: string };
  return token;
}
