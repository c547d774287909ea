// A list that is edited together. The items are the state of a topic, an item a key. Edits are seen at once, are sent when there is a
// network, and where two have changed the same item the second one decides.

import { contract, createClient } from "@fanwire/client";
import { explain } from "@fanwire/client/errors";
import { liveMap } from "@fanwire/client/state";
import * as v from "valibot";
import { editsOf } from "./edits.ts";

const Item = v.object({ title: v.pipe(v.string(), v.maxLength(200)), isDone: v.boolean() });
type Item = v.InferOutput<typeof Item>;

const client = createClient("/hub", { contract: contract({ "todo.{list}": Item }) });
const name = location.hash.slice(1) || "home";
const list = liveMap(client.topic("todo.{list}", { list: name }));
const edits = editsOf(list, draw);

const find = (selector: string): HTMLElement => document.querySelector(selector)!;
/** What is shown of each item, by its key. */
const rows = new Map<string, HTMLElement>();

function itemOf(key: string): Item | undefined {
  const edit = edits.get(key);
  return edit ? edit.wanted : list.get().get(key)?.data;
}

function draw(): void {
  const keys = new Set([...list.get().keys(), ...edits.keys()]);
  // one that is to be deleted is gone, unless that is refused
  const shown = [...keys].filter((key) => itemOf(key) || edits.get(key)?.refusal).toSorted();
  for (const [key, row] of rows) {
    if (shown.includes(key)) continue;
    row.remove();
    rows.delete(key);
  }
  const items = find("#items");
  for (const [i, key] of shown.entries()) {
    const row = rows.get(key) ?? newRow(key);
    rows.set(key, row);
    // a row that is moved loses the focus
    if (items.children[i] !== row) items.insertBefore(row, items.children[i] ?? null);
    fill(key, row);
  }
}

const button = (text: string, run: () => void): HTMLButtonElement => {
  const made = document.createElement("button");
  made.textContent = text;
  made.addEventListener("click", run);
  return made;
};

function newRow(key: string): HTMLElement {
  const row = document.createElement("li");
  const [box, title] = [document.createElement("input"), document.createElement("input")];
  box.type = "checkbox";
  box.ariaLabel = "Done";
  title.ariaLabel = "Title";
  const edit = (): void => edits.make(key, { title: title.value, isDone: box.checked });
  box.addEventListener("change", edit);
  title.addEventListener("change", edit);
  const remove = button("Delete", () => edits.make(key, undefined));
  row.append(box, title, remove, document.createElement("small"));
  return row;
}

function fill(key: string, row: HTMLElement): void {
  const [box, title] = row.querySelectorAll("input");
  const item = itemOf(key) ?? list.get().get(key)?.data;
  box!.checked = item?.isDone ?? false;
  // what somebody is typing is theirs
  if (document.activeElement !== title) title!.value = item?.title ?? "";
  const note = row.querySelector("small")!;
  note.replaceChildren(...noteOf(key));
  note.dataset["state"] = edits.get(key)?.refusal?.code ?? "";
}

/** What there is to say of an edit, and to decide. */
function noteOf(key: string): (string | Node)[] {
  const edit = edits.get(key);
  if (!edit) return [];
  if (!edit.refusal) return ["on its way"];
  const theirs = list.get().get(key)?.data;
  const words = !theirs ? "deleted" : `“${theirs.title}”${theirs.isDone ? ", done" : ""}`;
  const why =
    edit.refusal.code === "conflict"
      ? `Somebody else has changed this meanwhile: ${words}. `
      : `${explain(edit.refusal).sentence} `;
  const keep = button("Keep mine", () => edits.keep(key));
  return [why, keep, button("Take theirs", () => edits.drop(key))];
}

client.status.subscribe(({ state }) => {
  find("#status").textContent = state;
});
list.subscribe(draw);
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const title = find("[name=title]") as HTMLInputElement;
  // sorted as they were made
  const key = `${Date.now()}-${crypto.randomUUID().slice(0, 8)}`;
  edits.make(key, { title: title.value, isDone: false });
  title.value = "";
});
