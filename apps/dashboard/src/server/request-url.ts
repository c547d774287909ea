// What a request asks for.

/** Undefined for what is no path of ours: whatever was sent as one, nothing may throw here. */
export function requestUrl(target: string | undefined): URL | undefined {
  const [path, base] = [target ?? "/", "http://localhost"];
  return URL.canParse(path, base) ? new URL(path, base) : undefined;
}
