// What a client can be told when it is made.

import type { TokenSource } from "./auth.ts";
import { check, checkNumber, checkOneOf } from "./check.ts";
import { type Codec, messagePack } from "./codec.ts";
import type { Contract } from "./contract.ts";
import { type Guarding, guards, type Validate } from "./guard.ts";
import type { Settings } from "./link.ts";
import { type Outbox, type OutboxOptions, readOutbox } from "./outbox.ts";
import { type Diagnostic, guarded, type Report, reportByDefault } from "./report.ts";

/** The options of a client; all may be left out. */
export interface ClientOptions<C extends Contract = Contract> {
  /** What is said on which topics, as `contract` makes it: payloads and params are typed by it, and compared with it. */
  readonly contract?: C | undefined;
  /**
   * When payloads are compared with it. Default: `both`. With `send` and `off` what comes is delivered as it was sent: nothing is made of it by
   * transforms and defaults of the schema, whatever the types say.
   */
  readonly validate?: Validate | undefined;
  /** Aborting it closes the client at once. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Who it is: a token, or a function that fetches one, before each connection, 30 s before the last one expires, and once more when one was
   * refused. Default: nobody.
   */
  readonly token?: TokenSource | undefined;
  /** A link that nothing needs is closed after this long, in milliseconds. Default 30,000; `Infinity`: never. */
  readonly idleMs?: number | undefined;
  /**
   * Before attempt n to connect the client waits a random part of `minMs` × 2^(n − 1), at most of `maxMs`, in milliseconds. Defaults
   * 250 and 20,000. A link that lasted 5 s begins the counting anew.
   */
  readonly backoff?: { readonly minMs?: number; readonly maxMs?: number } | undefined;
  /** What may wait for a link, how long, and where. */
  readonly outbox?: OutboxOptions | undefined;
  /** How payloads are written and read. Default: MessagePack. */
  readonly codec?: Codec | undefined;
  /** What opens sockets. Default: the platform's `WebSocket`. */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** Called with what no promise and no event tells. Default: see {@link Diagnostic}. */
  readonly onDiagnostic?: ((diagnostic: Diagnostic) => void) | undefined;
}

/** The options as the parts of the client take them. */
export interface Options extends Settings {
  readonly codec: Codec;
  readonly report: Report;
  readonly guard: ((pattern: string) => Guarding | undefined) | undefined;
  readonly outbox: Outbox;
}

/** Throws a TypeError for an option that cannot be. */
export function readOptions(url: string | URL, options: ClientOptions): Options {
  const {
    contract,
    validate,
    token,
    idleMs = 30_000,
    backoff: { minMs = 250, maxMs = 20_000 } = {},
    codec = messagePack,
    WebSocket: Socket = globalThis.WebSocket,
    onDiagnostic = reportByDefault,
  } = options;
  checkNumber("idleMs", idleMs, 0);
  checkNumber("backoff.minMs", minMs, 1);
  checkNumber("backoff.maxMs", maxMs, minMs);
  check(typeof Socket === "function", "WebSocket", "given, as this platform has none");
  check(codec.encoding >= 0 && codec.encoding < 16, "codec.encoding", "a number from 0 to 15");
  const report: Report = (diagnostic) => guarded(onDiagnostic, diagnostic);
  const guard = contract && guards.get(contract);
  check(!contract || !!guard, "contract", "made by contract()");
  checkOneOf("validate", validate, "receive", "send", "both", "off");
  return {
    url: hubUrl(url),
    Socket,
    token,
    idleMs,
    minMs,
    maxMs,
    codec,
    guard: guard && ((pattern) => guard(pattern, validate, report)),
    report,
    outbox: readOutbox(options.outbox),
  };
}

/** http and https stand for ws and wss, and a page need not name its own host. */
function hubUrl(url: string | URL): string {
  const { href } = new URL(url, globalThis.location?.href);
  const socketUrl = href.replace(/^http/u, "ws").replace(/#.*/u, "");
  check(/^wss?:/u.test(socketUrl), "url", "an address of ws: or wss:");
  return socketUrl;
}
