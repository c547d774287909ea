// Who this tab is to the hub: made up once, and kept by the tab, so that a reload is no stranger.
import { isPageSubject } from "../../tokens.ts";

const KEY = "fanwire-subject";

/** `kept`: undefined where the browser keeps nothing; then it lasts as long as the page. */
export function tabSubject(kept: Pick<Storage, "getItem" | "setItem"> | undefined): string {
  const before = kept?.getItem(KEY);
  if (before && isPageSubject(before)) return before;
  // chance alone fills the last twelve digits of it (RFC 9562, section 5.4)
  const subject = `page-${crypto.randomUUID().slice(-12)}`;
  try {
    kept?.setItem(KEY, subject);
  } catch {
    // full, or forbidden
  }
  return subject;
}

/** Undefined where the visitor does not want anything kept. */
export function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
