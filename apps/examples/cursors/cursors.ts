// Pointers of others. Where one is, is the latest of a topic of its own: what a slow page misses on the way does not matter. Whose it is, and
// that they are gone, is told by presence.

import { contract, createClient } from "@fanwire/client";
import { enter, members } from "@fanwire/client/presence";
import * as v from "valibot";

/** In parts of the window, as others have another one. */
const part = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const Place = v.object({ x: part, y: part });
type Place = v.InferOutput<typeof Place>;

/** What a page says of itself. */
interface Self {
  readonly who: string;
  readonly name: string;
  readonly hue: number;
}

const client = createClient("/hub", {
  contract: contract({ "cursors.{who}": Place, "cursors.*": Place }),
});

const names = ["Badger", "Curlew", "Dormouse", "Heron", "Lapwing", "Otter", "Pike", "Stoat"];
const pick = (count: number): number => Math.floor(Math.random() * count);
const self: Self = {
  // not the session's name, which is another after a cut
  who: crypto.randomUUID(),
  name: `${names[pick(names.length)]} ${pick(100)}`,
  hue: pick(360),
};

const find = (selector: string): HTMLElement => document.querySelector(selector)!;
find("#name").textContent = self.name;
client.status.subscribe(({ state }) => {
  find("#status").textContent = state;
});

enter(client, "cursors", self);
const there = members<Self>(client, "cursors");

/** Cursors of others, by who they are. */
const cursors = new Map<string, HTMLElement>();

there.subscribe((sessions) => {
  const others = new Map<string, Self>();
  for (const { data } of sessions.values()) if (data.who !== self.who) others.set(data.who, data);
  for (const [who, cursor] of cursors) {
    if (others.has(who)) continue;
    cursor.remove();
    cursors.delete(who);
  }
  for (const other of others.values())
    if (!cursors.has(other.who)) cursors.set(other.who, cursorOf(other));
});

function cursorOf({ name, hue }: Self): HTMLElement {
  const cursor = document.createElement("div");
  cursor.role = "listitem";
  cursor.textContent = name;
  cursor.style.color = `hsl(${hue} 70% 50%)`;
  cursor.hidden = true; // until it is known where
  find("#cursors").append(cursor);
  return cursor;
}

// the latest of each, at most once a frame, however often they move
client.topic("cursors.*").subscribe(
  ({ topic, data: { x, y } }) => {
    const cursor = cursors.get(topic.slice("cursors.".length));
    if (!cursor) return;
    cursor.hidden = false;
    cursor.style.translate = `${x * innerWidth}px ${y * innerHeight}px`;
  },
  { rate: "frame" },
);

const mine = client.topic("cursors.{who}", { who: self.who });
let place: Place | undefined;
let isDue = false;

/** Thirty times a second is enough to look alive. */
function tellSoon(): void {
  if (!isDue) setTimeout(tell, 33);
  isDue = true;
}

function tell(): void {
  isDue = false;
  // where it was while the link was away is of no use later, so nothing waits for it
  if (place && client.status.get().state === "live")
    void mine.publish(place, { confirm: "none" }).catch(() => {});
}

addEventListener("pointermove", ({ clientX, clientY }) => {
  place = { x: clientX / innerWidth, y: clientY / innerHeight };
  tellSoon();
});
// who comes must not wait until we move
there.on("join", tellSoon);
