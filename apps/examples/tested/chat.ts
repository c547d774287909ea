// A chat: what a page shows of it, and what its buttons do. It is given its client, so its test can give it one of a world.

import { type Client, ClientError, topic } from "@fanwire/client";

/** A line of the chat. */
export interface Line {
  readonly from: string;
  readonly text: string;
}

/** What the page shows. */
export interface View {
  /** Above the lines; empty when all is well. */
  readonly notice: string;
  readonly lines: readonly (Line & { readonly isSent: boolean })[];
}

export class Chat {
  readonly #client: Client;
  readonly #name: string;
  readonly #me: string;
  #lines: Line[] = [];
  /** Mine, which are on their way. */
  #unsent: Line[] = [];
  #notice = "";

  constructor(client: Client, room: string, me: string) {
    this.#client = client;
    this.#name = topic`chat.${room}`;
    this.#me = me;
    const subscription = client
      .topic<Line>(this.#name)
      .subscribe(({ data }) => this.#lines.push(data), { from: { last: 50 } });
    subscription.on("interrupted", () => {
      this.#notice = "You are offline. What you write is sent when you are back.";
    });
    subscription.on("live", () => {
      this.#notice = "";
    });
    subscription.on("gap", ({ missed = "some" }) => {
      this.#lines.push({ from: "chat", text: `${missed} lines are missing here.` });
    });
  }

  get view(): View {
    const sent = this.#lines.map((line) => ({ ...line, isSent: true }));
    return {
      notice: this.#notice,
      lines: [...sent, ...this.#unsent.map((line) => ({ ...line, isSent: false }))],
    };
  }

  async send(text: string): Promise<void> {
    const line = { from: this.#me, text };
    this.#unsent.push(line);
    try {
      await this.#client.topic<Line>(this.#name).publish(line, { timeoutMs: 60_000 });
    } catch (error) {
      this.#notice = `"${text}" was not sent: ${whyNot(error)}`;
    } finally {
      this.#unsent = this.#unsent.filter((one) => one !== line);
    }
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof ClientError ? error.code : "internal";
  return code === "forbidden" ? "you may only read here." : `something went wrong (${code}).`;
}
