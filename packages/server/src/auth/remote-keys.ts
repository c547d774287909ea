// Keys that an issuer publishes (a JSON Web Key Set, RFC 7517), from one https URL that is in the configuration: nothing of a token has a
// say in where they come from. Asked for again when they are old or a token names one that is not there, by one request at a
// time and not more often than every half minute; when the issuer is down, the last ones hold for a day.

import type { VerificationKey } from "./key.ts";
import { isSameKey, KeySet, keySetOf, type KeySource, KeysUnavailable } from "./key-set.ts";

/** Of the answer, in bytes. */
const BODY_MAX = 65_536;

const TIMEOUT_MS = 5000;
const MAX_AGE_MS = 600_000;
const COOLDOWN_MS = 30_000;
const STALE_MS = 86_400_000;

/** What keys are fetched with: {@link fetch} but in tests. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export class RemoteKeys implements KeySource {
  readonly #url: URL;
  readonly #fetch: Fetch;
  readonly #time: () => number;
  readonly #onFailure: (sentence: string) => void;
  #set = new KeySet([]);
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #flight: Promise<void> | undefined;

  /** `onFailure` is told why keys could not be fetched; `time`: milliseconds of a clock that only goes forward. */
  constructor(
    url: URL,
    onFailure: (sentence: string) => void,
    fetchKeys: Fetch = fetch,
    time: () => number = () => performance.now(),
  ) {
    this.#url = url;
    this.#fetch = fetchKeys;
    this.#time = time;
    this.#onFailure = onFailure;
  }

  async find(id: string | undefined, algorithm: string): Promise<VerificationKey | undefined> {
    const found = this.#set.find(id, algorithm);
    if (found !== undefined && this.#age <= MAX_AGE_MS) return found;
    await this.#refresh();
    if (this.#age > STALE_MS) throw new KeysUnavailable();
    return this.#set.find(id, algorithm);
  }

  has(key: VerificationKey): boolean {
    return this.#set.has(key) && this.#age <= STALE_MS;
  }

  get #age(): number {
    return this.#time() - this.#fetchedAt;
  }

  async #refresh(): Promise<void> {
    if (this.#flight === undefined) {
      if (this.#time() - this.#triedAt < COOLDOWN_MS) return;
      this.#triedAt = this.#time();
      this.#flight = this.#load().finally(() => {
        this.#flight = undefined;
      });
    }
    await this.#flight;
  }

  async #load(): Promise<void> {
    try {
      const fresh = keySetOf(await this.#get());
      this.#set = new KeySet(fresh.keys.map((key) => this.#known(key) ?? key));
      this.#fetchedAt = this.#time();
    } catch (error) {
      this.#onFailure(
        `The keys of ${this.#url.origin} could not be fetched: ${reasonOf(error as Error)}`,
      );
    }
  }

  #known(key: VerificationKey): VerificationKey | undefined {
    return this.#set.keys.find((old) => isSameKey(old, key));
  }

  async #get(): Promise<unknown> {
    const response = await this.#fetch(this.#url, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { Accept: "application/jwk-set+json, application/json" },
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}, not 200.`);
    }
    return parsed(await boundedText(response));
  }
}

/** A parser quotes what it does not understand, which may be a secret by mistake. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it answered with what is no JSON.");
  }
}

/** What went wrong, of errors of the network their code alone. */
function reasonOf({ name, message, cause }: Error): string {
  if (name === "TimeoutError") return `it did not answer within ${TIMEOUT_MS / 1000} s.`;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? `${message} (${code}).` : message;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > BODY_MAX) throw new Error(`it answered with more than ${BODY_MAX} bytes.`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}
