// A hub of which every frame is taken down as it is written, with the time, so that what different clients were sent has an order.

import { bytesOf, client, type WireFrame } from "@fanwire/testkit";
import { helloFrame, type ResumeClaim } from "@fanwire/protocol";
import type { Claims } from "../claims.ts";
import { type Credentials, noCredentials } from "../credentials.ts";
import { TestClient, TestHub } from "../hub.testkit.ts";
import type { Link } from "../link.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../settings.ts";

/** A frame that a client was sent. */
export interface Heard {
  readonly c: TestClient;
  readonly frame: WireFrame;
  /** Of the hub's clock. */
  readonly now: number;
}

const SECRET = "secret";

export class WiredHub extends TestHub {
  /** Since they were taken. */
  #heard: Heard[] = [];
  readonly #run: number;
  #connections = 0;

  constructor(settings: Partial<Settings>, run: number, leasesPerRun: number) {
    super(settings, run, leasesPerRun);
    this.#run = run;
  }

  takeHeard(): Heard[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  override sendAll(link: Link<Session>, pieces: readonly Uint8Array[]): number {
    const unsent = super.sendAll(link, pieces);
    const c = link as TestClient;
    for (const frame of c.take()) this.#heard.push({ c, frame, now: this.clock.now });
    return unsent;
  }

  /** No two sessions of a world have one name, whatever run they are of. */
  override connect(name: string = "c", credentials: Credentials = noCredentials): TestClient {
    const opened = new TestClient(this, name);
    this.broker.opened(opened, `s${this.#run}-${++this.#connections}`, SECRET, credentials);
    return opened;
  }

  /** A client that goes on with an earlier session. */
  resumeAs(claims: Claims, session: string): TestClient {
    const c = this.connect(claims.subject, { token: null, claims });
    const resume: ResumeClaim = { session, secret: SECRET };
    c.send(bytesOf(helloFrame, { version: 1, token: null, client: null, resume }));
    return c;
  }

  override joinAs(claims: Claims): TestClient {
    const c = this.connect(claims.subject, { token: null, claims });
    c.send(client.hello());
    return c;
  }
}
