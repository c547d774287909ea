// The composition root: builds the parts, starts and stops them in order, decides nothing.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { totalmem } from "node:os";
import { ticketMs, Tickets } from "./auth/tickets.ts";
import type { RestoreFaults } from "./core/restore.ts";
import { doorOf } from "./door.ts";
import { HubError } from "./errors.ts";
import { accessRoutes } from "./http/access-routes.ts";
import { type Route, routing } from "./http/routes.ts";
import { createHttpServer } from "./http/server.ts";
import { TlsFiles } from "./http/tls.ts";
import { Keys } from "./keys.ts";
import { LocalClient, type LocalPublished, type LocalPublishOptions } from "./local-client.ts";
import type { LocalHandler } from "./local.ts";
import { consoleLogger } from "./logger.ts";
import { Figures, type HubFigures } from "./metrics/figures.ts";
import { type HubOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import type { Revocation } from "./ports/authenticator.ts";
import type { Logger } from "./ports/logger.ts";
import { StoreError, type StoreOpened } from "./ports/store.ts";
import { Runtime } from "./runtime.ts";
import { settingsOf } from "./settings.ts";
import { LogStore } from "./store/log-store.ts";
import { type TicketClaims, ticketClaims } from "./ticket-claims.ts";
import { Listener } from "./transport/listener.ts";
import { isLoopback } from "./transport/loopback.ts";
import { version } from "./version.ts";

/** A hub. Without keys it is open, and serves programs on its own machine only. */
export interface Hub {
  /** Reads what is stored, where `data` is given. {@link listen} does it too; before it nothing durable is published, and upgrades are told to come back. Rejects with a {@link HubError}. */
  open(): Promise<void>;
  /** Resolves with the reason when the store fails: what was not answered then may be lost, and the process should end. */
  readonly failed: Promise<HubError>;
  /** Listens on a server of its own, as `host`, `port`, `path` and `tls` say. Rejects with a {@link HubError}. */
  listen(): Promise<void>;
  /** Serves WebSockets of a server that exists, on `path` only. It may listen before or after. */
  attach(server: Server): void;
  /** Where {@link listen} listens, as a URL for clients; undefined when it does not. */
  readonly url: string | undefined;
  /** The port of {@link listen}; undefined when it does not. */
  readonly port: number | undefined;
  /**
   * Publishes from this process. `data` becomes MessagePack (see `encodePayload`). Throws a TypeError for what is no topic, and a
   * {@link HubError} `too-many-topics` or `storage-full`.
   */
  publish(topic: string, data: unknown, options?: LocalPublishOptions): LocalPublished;
  /**
   * Follows a topic or pattern in this process. The handler runs after the turn in which the hub took the publication; what it
   * throws is logged. Returns what ends it. Throws a TypeError for what is no pattern, and a {@link HubError} `too-many-topics`.
   */
  subscribe(pattern: string, handler: LocalHandler): () => void;
  /**
   * A one-time ticket for a client that cannot present a token: it connects with `?ticket=` within 30 s, from a page of `origin` (undefined: from
   * no page). Throws a TypeError for claims that cannot be and where the hub has no keys, and a {@link HubError} `rate-limited` when
   * 10,000 wait to be used.
   */
  ticket(claims: TicketClaims, origin?: string): string;
  /**
   * Withdraws tokens: one by its id, those of a subject that were issued up to a time, or those that a key signed. Who came with
   * them is closed at once with 4504, and nobody comes with them again. Returns how many were closed.
   */
  revoke(revocation: Revocation): number;
  /** Reads the files of keys, certificate and its key again, which also happens by itself when they change. Throws a TypeError for what cannot be used, and keeps what was. */
  reload(): void;
  /** It keeps what must survive in a directory. */
  readonly isDurable: boolean;
  /** It has keys; without, it is open. */
  readonly asksForTokens: boolean;
  /** What the hub holds and has done since it started. */
  stats(): HubStats;
  /**
   * Stops: no new connections, each client is told its own moment to leave within `drainMs` (default: the option), then
   * all are closed with 4000. A second call with 0 ends the waiting. Resolves when everything is closed.
   */
  close(drainMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Counts of a hub. */
export interface HubStats {
  readonly connections: number;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly topics: number;
  readonly publications: number;
  /** Publications × their subscribers. */
  readonly deliveries: number;
  readonly refused: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Connections that the hub closed, by the name of the close code. */
  readonly closed: Readonly<Record<string, number>>;
  /** Subjects of which there are sessions, or were a moment ago. */
  readonly subjects: number;
  /** How often a right was looked for in the grants of a token. */
  readonly decisions: number;
  /** How often each limit was reached, by the name of its option. */
  readonly limited: Readonly<Record<string, number>>;
}

/** Makes a hub. Throws a TypeError for an option that is unknown, out of its bounds, or contradicts another. */
export function createHub(options: HubOptions = {}): Hub {
  return new OwnHub(resolveOptions(options), options.logger ?? consoleLogger);
}

class OwnHub implements Hub {
  readonly #options: ResolvedOptions;
  readonly #logger: Logger;
  readonly #runtime: Runtime;
  readonly #listener: Listener;
  #isOpen = false;
  readonly #figures: Figures;
  /** Null: the hub is open. */
  readonly #keys: Keys | null;
  readonly #tickets: Tickets | null;
  readonly #tls: TlsFiles | null;
  readonly #self: LocalClient;
  #opening: Promise<void> | undefined;
  readonly failed: Promise<HubError>;
  #fail: (error: HubError) => void = () => {};
  readonly #timer: NodeJS.Timeout | undefined;
  #unwatchTls: (() => void) | undefined;
  #server: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    const { issuers, cert, key } = options;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
    this.#keys = issuers.length > 0 ? new Keys(options, logger) : null;
    this.#tickets = this.#keys && new Tickets();
    this.#tls = cert !== null && key !== null ? new TlsFiles(cert, key) : null;
    const { data, segmentBytes } = options;
    const store = data === null ? null : new LogStore({ directory: data, segmentBytes });
    this.#runtime = new Runtime(
      settingsOf(options, totalmem()),
      this.#keys?.clients ?? null,
      store && { store, logBytesMin: segmentBytes },
      (why) => this.#storeFailed(why),
    );
    this.#listener = new Listener(this.#runtime, doorOf(options, this.#tickets, logger));
    this.#keys?.watch();
    if (store === null) this.#isOpen = true;
    else this.#listener.hold();
    this.#self = new LocalClient(() => this.#runtime.told(), logger);
    this.#figures = new Figures(version, this.stats());
    if (options.figuresMs > 0) {
      this.#timer = setInterval(() => this.#publishFigures(), options.figuresMs);
      this.#timer.unref();
    }
  }

  get url(): string | undefined {
    const { host, path } = this.#options;
    if (this.port === undefined) return undefined;
    const scheme = this.#tls === null ? "ws" : "wss";
    return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${this.port}${path}`;
  }

  get isDurable(): boolean {
    return this.#options.data !== null;
  }

  get asksForTokens(): boolean {
    return this.#keys !== null;
  }

  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async listen(): Promise<void> {
    const { host, port, path } = this.#options;
    if (this.#closing || this.#server)
      throw new TypeError(this.#closing ? "The hub is closed." : "The hub listens already.");
    if (this.#keys === null && !isLoopback(host)) throw notLoopback(host);
    await this.open();
    const server = createHttpServer(
      routing(path, this.#routes()),
      this.#tls,
      this.#options.connectionsMax,
    );
    this.#listener.attach(server);
    await listening(server, host, port);
    this.#server = server;
    this.#unwatchTls = this.#tls?.watch(() => this.#certificateChanged());
    this.#logger.info("The hub listens.", { url: this.url });
  }

  attach(server: Server): void {
    if (this.#closing) throw new TypeError("The hub is closed.");
    this.#listener.attach(server);
    // whoever wants to know awaits open() or failed
    this.open().catch((error: unknown) => this.#fail(error as HubError));
  }

  publish(topic: string, data: unknown, options?: LocalPublishOptions): LocalPublished {
    if (!this.#isOpen) throw new TypeError("The hub is not open yet: await hub.open().");
    return this.#self.publish(topic, data, options);
  }

  subscribe(pattern: string, handler: LocalHandler): () => void {
    return this.#self.subscribe(pattern, handler);
  }

  ticket(claims: TicketClaims, origin?: string): string {
    const { issuer, tokenAgeMaxMs } = this.#options;
    if (this.#tickets === null)
      throw new TypeError("The hub has no keys, so nobody needs a ticket.");
    const ticket = this.#tickets.issue(ticketClaims(claims, issuer, tokenAgeMaxMs), origin ?? null);
    if (ticket === undefined)
      throw new HubError("rate-limited", "10,000 tickets wait to be used, as many as may.");
    return ticket;
  }

  revoke(revocation: Revocation): number {
    return this.#runtime.told().revoke(revocation);
  }

  reload(): void {
    this.#keys?.reload();
    this.#tls?.reload(this.#server);
  }

  stats(): HubStats {
    const { counts, topics, subjects } = this.#runtime.broker;
    return {
      connections: this.#listener.connections,
      sessions: counts.sessions,
      subscriptions: counts.subscriptions,
      topics,
      publications: counts.publications,
      deliveries: counts.deliveries,
      refused: counts.refused,
      receivedBytes: counts.receivedBytes,
      sentBytes: counts.sentBytes,
      closed: { ...counts.closed },
      subjects,
      decisions: counts.decisions,
      limited: { ...counts.limited, ...this.#listener.limited },
    };
  }

  close(drainMs: number = this.#options.drainMs): Promise<void> {
    if (this.#closing && drainMs === 0) this.#runtime.told().closeAll();
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    this.#listener.stop();
    const closed = this.#server && serverClosed(this.#server);
    this.#runtime.told().drain(drainMs);
    await this.#listener.emptied();
    clearInterval(this.#timer);
    this.#keys?.stop();
    this.#unwatchTls?.();
    this.#figures.stop();
    this.#listener.detach();
    await this.#runtime.closeStore();
    this.#self.shut();
    this.#runtime.stop();
    this.#server?.closeAllConnections(); // whose requests are not at their end by now
    await closed;
  }

  async #open(): Promise<void> {
    const opened = await this.#runtime.open().catch((error: unknown) => {
      throw error instanceof StoreError
        ? new HubError(error.code, error.message, { cause: error })
        : error;
    });
    if (opened === null) return;
    try {
      this.#look(opened);
    } catch (error) {
      await this.#runtime.closeStore();
      throw error;
    }
    this.#isOpen = true;
    this.#listener.open();
  }

  /** What was read must be what the configuration expects. */
  #look({ undurable, unknown, replayed, tornBytes, run }: StoreOpened & RestoreFaults): void {
    const { data } = this.#options;
    if (unknown > 0)
      throw new HubError(
        "newer-format",
        `${data} holds ${unknown} records that this version does not know: a newer one has written them. Run that one.`,
      );
    if (undurable.length > 0)
      throw new HubError(
        "rules-differ",
        `${data} holds ${undurable.length} topics that are not durable by the rules of today (${undurable.slice(0, 5).join(", ")}${undurable.length > 5 ? ", …" : ""}). Make them durable again, or give them a rule with "discard": true.`,
      );
    this.#logger.info("The store is open.", { data, run, replayed, tornBytes });
  }

  #storeFailed(sentence: string): void {
    this.#logger.error("The store has failed: what was not answered may be lost.", { sentence });
    // whoever came now would be cut off without a word
    this.#listener.stop();
    this.#runtime.told().closeAll("storage-failed");
    this.#fail(new HubError("store-failed", sentence));
  }

  /** What is asked over HTTP, by those who have a token. */
  #routes(): Route[] {
    const keys = this.#keys;
    if (keys === null) return [];
    return accessRoutes(
      {
        clients: keys.clients,
        administrators: keys.administrators,
        whyNotGood: (claims) => this.#runtime.told().whyNotGood(claims),
        ticket: (claims, origin) => this.#tickets?.issue(claims, origin),
        revoke: (revocation) => this.revoke(revocation),
      },
      ticketMs,
    );
  }

  #certificateChanged(): void {
    try {
      this.#tls!.reload(this.#server);
      this.#logger.info("The certificate was read again: a file has changed.");
    } catch (error) {
      this.#logger.error("The certificate has changed and cannot be used, so the old one stays.", {
        error,
      });
    }
  }

  #publishFigures(): void {
    if (!this.#isOpen) return;
    const figures: HubFigures = this.#figures.take(this.stats());
    this.publish("$sys.hub", figures);
  }
}

function notLoopback(host: string): HubError {
  return new HubError(
    "not-loopback",
    `Without keys the hub is open to everybody who reaches it, so it listens on this machine only (127.0.0.1, ::1 or localhost), not on ${host}. To serve other machines, give it a key to verify tokens with: fanwire keys new, then --keys FILE.`,
  );
}

/**
 * Connections that the system may hold until the hub takes them. When all clients come back at once it is full in a moment, and then each that
 * does not fit waits for seconds. The system's own bound (on Linux net.core.somaxconn) may be lower.
 */
const BACKLOG = 4096;

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): HubError {
  if (error.code === "EADDRINUSE")
    return new HubError(
      "address-in-use",
      `Another program listens on port ${port} of ${host}. Stop it, or choose another port (0 takes a free one).`,
      { cause: error },
    );
  return new HubError(
    "address-unavailable",
    `The hub cannot listen on port ${port} of ${host}: ${error.message}.`,
    { cause: error },
  );
}

function serverClosed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
