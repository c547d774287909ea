// Rooms are topics: what is said in one is its publications, who is there are its members. The hub keeps the last 200 lines of each room.

import { type ClientError, contract, createClient, type Publication } from "@fanwire/client";
import { explain } from "@fanwire/client/errors";
import { enter, members } from "@fanwire/client/presence";
import * as v from "valibot";

const Line = v.object({
  id: v.string(),
  name: v.pipe(v.string(), v.maxLength(40)),
  text: v.pipe(v.string(), v.maxLength(2000)),
});
type Line = v.InferOutput<typeof Line>;

const client = createClient("/hub", { contract: contract({ "chat.{room}": Line }) });

const find = (selector: string): HTMLElement => document.querySelector(selector)!;
const lines = find("#lines");
const nameField = find("[name=name]") as HTMLInputElement;
const textField = find("[name=text]") as HTMLInputElement;

client.status.subscribe(({ state }) => {
  find("#status").textContent = state;
});

/** Is in a room until the signal is aborted. */
function join(room: string, signal: AbortSignal): void {
  const topic = client.topic("chat.{room}", { room });
  /** Lines of this page that have not come back yet, by id. */
  const pending = new Map<string, HTMLElement>();
  lines.replaceChildren();

  function show(line: Line, state: string): HTMLElement {
    const item = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = line.name;
    item.append(name, ` ${line.text} `, document.createElement("small"));
    mark(item, state);
    return item;
  }

  function add(...items: HTMLElement[]): void {
    // what is on its way stays last: only the hub says which place it has
    lines.append(...items, ...pending.values());
    lines.scrollTop = lines.scrollHeight;
  }

  async function send(line: Line, item: HTMLElement): Promise<void> {
    mark(item, "sending…");
    try {
      // it waits as long as the network is away; with an id, a line that is sent again is the same line
      await topic.publish(line, { id: line.id, timeoutMs: Infinity });
      mark(item, "sent");
    } catch (error) {
      mark(item, `failed: ${explain(error as ClientError).sentence} Click to try again.`);
      item.addEventListener("click", () => void send(line, item), { once: true });
    }
  }

  function came({ data }: Publication<Line>): void {
    const isMine = pending.has(data.id);
    pending.get(data.id)?.remove();
    pending.delete(data.id);
    add(show(data, isMine ? "sent" : ""));
  }

  // the last 50 first, then what is said from now on; after a cut it goes on where it was
  const subscription = topic.subscribe(came, { from: { last: 50 }, signal });
  subscription.on("gap", () => {
    const item = document.createElement("li");
    item.append("Some lines are missing here.");
    add(item);
  });

  const me = (): { name: string } => ({ name: nameField.value });
  const membership = enter(client, topic.name, me(), { signal });
  nameField.addEventListener("change", () => void membership.update(me()), { signal });
  members<{ name: string }>(client, topic.name, { signal }).subscribe((there) => {
    const names = [...there.values()].map(({ data }) => data.name).toSorted();
    find("#here").replaceChildren(
      ...names.map((name) => {
        const item = document.createElement("span");
        item.role = "listitem";
        item.textContent = name;
        return item;
      }),
    );
  });

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const line = { id: crypto.randomUUID(), name: nameField.value, text: textField.value };
    const item = show(line, "");
    pending.set(line.id, item);
    add();
    void send(line, item);
    textField.value = "";
  };
  find("form").addEventListener("submit", submit, { signal });
}

/** What became of a line, behind it. */
function mark(item: HTMLElement, state: string): void {
  item.querySelector("small")!.textContent = state;
  item.dataset["state"] = state.split(":")[0];
}

let room = new AbortController();
function enterRoom(): void {
  room.abort();
  room = new AbortController();
  join(location.hash.slice(1) || "lobby", room.signal);
}
nameField.value = `guest ${Math.floor(Math.random() * 1000)}`;
addEventListener("hashchange", enterRoom);
enterRoom();
