// Who looks at this machine: every tab is a member of the topic `board`, and says what it does there.
import type { Client, ClientError } from "@fanwire/client";
import { enter, members, type Membership } from "@fanwire/client/presence";
import type { Author } from "../board/names.ts";
import { Value } from "../store.ts";
import { Rows, type Row } from "./rows.ts";
import { readWatcher, type Device, type Doing, type Watcher } from "./watcher.ts";

/** Where watchers are members. */
export const WATCHED = "board";

export class Watching {
  readonly me: Author;
  /** The others, as they are to be shown. */
  readonly rows = new Value<readonly Row[]>([]);
  /** How many are there, with this tab. */
  readonly count = new Value(1);
  /** What this tab says of itself. */
  readonly own: Value<string>;
  /** Why nothing is told. */
  readonly error = new Value<string | undefined>(undefined);
  readonly #client: Client;
  readonly #device: Device;
  readonly #doing: () => Doing;
  readonly #rows = new Rows();
  readonly #now: () => number;
  #membership: Membership<Watcher> | undefined;
  #said: Doing;

  /** `doing`: what the visitor does now. `now`: in ms, of any clock. */
  constructor(client: Client, me: Author, device: Device, doing: () => Doing, now: () => number) {
    this.#client = client;
    this.me = me;
    this.#device = device;
    this.#doing = doing;
    this.#now = now;
    this.#said = doing();
    this.own = new Value(this.#note());
  }

  start(): void {
    const here = members(this.#client, WATCHED);
    here.subscribe((all) => {
      const others = [...all.values()].flatMap(({ data }) => readWatcher(data) ?? []);
      this.#rows.take(
        others.filter(({ tab }) => tab !== this.me.tab),
        this.#now(),
      );
      this.#show();
    });
    here.subscription.on("ended", (cause) => this.#ended(cause));
    this.#membership = enter(this.#client, WATCHED, this.#watcher());
    void this.#membership.left.then((cause) => this.#ended(cause));
  }

  /** Time has passed, or the visitor does something else. */
  look(): void {
    const doing = this.#doing();
    if (doing !== this.#said) {
      this.#said = doing;
      this.own.set(this.#note());
      // what it did a moment ago is told with what it does then
      this.#membership?.update(this.#watcher()).catch(() => undefined);
    }
    this.#show();
  }

  #watcher(): Watcher {
    return { ...this.me, device: this.#device, doing: this.#said };
  }

  #note(): string {
    return `${this.#device}, ${this.#said}`;
  }

  #show(): void {
    const rows = this.#rows.at(this.#now());
    if (JSON.stringify(rows) !== JSON.stringify(this.rows.get())) this.rows.set(rows);
    this.count.set(this.#rows.count + 1);
  }

  #ended(cause: ClientError | undefined): void {
    if (cause) this.error.set(cause.message);
  }
}
