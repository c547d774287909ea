// The parts of the page without its looks: built here, started in order.
import { createClient, type Client, type Publication } from "@fanwire/client";
import { HubClock } from "../clock/hub-clock.ts";
import { Access } from "./access/access.ts";
import { tabStorage, tabSubject } from "./access/subject.ts";
import { fetchToken } from "./access/token.ts";
import { Board } from "./board/board.ts";
import { newAuthor } from "./board/names.ts";
import { Connection } from "./connection.ts";
import { BytesIn, countingWebSocket } from "./data/bytes-in.ts";
import { Delay } from "./data/delay.ts";
import { HubFigures } from "./data/hub-figures.ts";
import { News } from "./data/news.ts";
import { Track } from "./data/track.ts";
import { afterFrame } from "./frames.ts";
import { Host } from "./host.ts";
import { Jobs } from "./jobs/jobs.ts";
import { everyQuarter } from "./quarter.ts";
import { BACKOFF } from "../backoff.ts";
import { View } from "./view.ts";
import { deviceOf, type Doing } from "./watching/watcher.ts";
import { Watching } from "./watching/watching.ts";

/** The hub tells its figures once a second. */
const MINUTE = 60;

const DOING = { host: "Host", board: "Board", jobs: "Jobs" } as const;

export class Dashboard {
  /** Whose token this page has. */
  readonly subject: string = tabSubject(tabStorage());
  readonly client: Client;
  readonly clock: HubClock;
  readonly news = new News();
  readonly view: View;
  readonly connection: Connection;
  readonly host: Host;
  readonly hub = new HubFigures();
  readonly access: Access;
  readonly board: Board;
  readonly jobs: Jobs;
  readonly watching: Watching;
  readonly bytesIn = new BytesIn();
  /** Columns: p50, p99, in ms. */
  readonly delays = new Track({ columns: 2, breakAfterMs: 1_000, capacity: 2_600 });
  readonly #delay = new Delay();

  constructor() {
    // a tab that was duplicated is the same subject, and yet another tab
    const page = crypto.randomUUID();
    const url = new URL(`/hub?page=${page}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.client = createClient(url, {
      token: ({ signal }) => fetchToken(this.subject, signal),
      WebSocket: countingWebSocket(this.bytesIn.add),
      backoff: BACKOFF,
    });
    this.clock = new HubClock(this.client, `page.${this.subject}.${page}.clock`);
    this.view = new View(() => this.clock.now());
    this.connection = new Connection(this.client, this.clock, this.news, page);
    this.host = new Host(this.client, this.news, () => this.clock.now());
    this.access = new Access(this.client, this.news, () => this.host.level);
    const me = newAuthor(page, Math.random);
    this.board = new Board(this.client, this.news, me);
    const device = deviceOf(matchMedia("(pointer: coarse)").matches, innerWidth);
    this.watching = new Watching(this.client, me, device, this.#doing, () => performance.now());
    this.jobs = new Jobs(this.client, this.news, () => this.clock.now());
  }

  start(): void {
    this.clock.start();
    this.connection.start(() => this.delays.break());
    this.#followHub();
    this.#followHost();
    this.board.start({
      heard: this.#heard,
      followed: (subscription) =>
        this.connection.follow(subscription, {
          name: "board.*",
          topics: () => 1,
          isCharted: false,
        }),
    });
    this.jobs.start({
      heard: this.#heard,
      followed: (subscription) =>
        this.connection.follow(subscription, {
          name: "jobs.*",
          topics: () => 1,
          isCharted: false,
        }),
    });
    afterFrame((drawn) => {
      this.board.flush();
      if (drawn) this.#delay.paint(this.clock.now());
    });
    this.watching.start();
    everyQuarter(() => {
      this.#keepDelay();
      this.watching.look();
    });
    document.addEventListener("visibilitychange", () => {
      this.#delay.forget();
      this.watching.look();
    });
  }

  readonly #doing = (): Doing => {
    if (document.hidden) return "away";
    return this.board.hand(performance.now()) ?? DOING[this.view.page.get()];
  };

  readonly #heard = (publication: Publication): void => this.connection.heard(publication);

  /** With its last minute: that is what its small charts show. */
  #followHub(): void {
    const name = "$sys.hub";
    const subscription = this.client.topic(name).subscribe(
      (publication) => {
        this.#heard(publication);
        this.hub.take(publication.time, publication.data);
      },
      { from: { last: MINUTE } },
    );
    subscription.on("gap", () => this.hub.break());
    this.connection.follow(subscription, { name, topics: () => 1, isCharted: false });
  }

  #followHost(): void {
    const { connection, host } = this;
    host.start({
      heard: this.#heard,
      followed: (subscription) =>
        connection.follow(subscription, {
          name: host.topic("**"),
          topics: () => host.figures.topics.size,
          isCharted: true,
        }),
      recalled: (time) => connection.wire.recall(time),
      stamped: ({ t, n }, { replayed }) => {
        connection.counted(n);
        // what comes after a cut was on its way for as long as the cut lasted: that is no delay of the hub's
        if (!replayed && this.#watched()) this.#delay.arrive(t);
      },
    });
  }

  /** What is not drawn at once has no time from publish to screen. */
  #watched(): boolean {
    return !document.hidden && this.view.held.get() === undefined;
  }

  #keepDelay(): void {
    const { p50, p99 } = this.#delay.percentiles();
    if (this.client.status.get().state === "live") this.delays.push(this.clock.now(), p50, p99);
  }
}
