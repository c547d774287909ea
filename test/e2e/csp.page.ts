// A page under a strict policy: all entries of the client at work, and what the browser reports of it.

import { createClient } from "@fanwire/client";
import { indexedDbOutbox } from "@fanwire/client/outbox";
import { resume } from "@fanwire/client/positions";
import { enter, members } from "@fanwire/client/presence";
import { queue } from "@fanwire/client/queue";
import { liveMap } from "@fanwire/client/state";

const violations: string[] = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
  violations.push(violatedDirective),
);

async function work(url: string): Promise<unknown> {
  const told: string[] = [];
  await using client = createClient(url, {
    outbox: { store: indexedDbOutbox("strict") },
    onDiagnostic: ({ kind }) => told.push(kind),
  });
  const followed = resume(client.topic("a"), undefined);
  await followed.ready;
  await client.topic("a").publish({ at: new Date(0), text: "é" }, { headers: { x: "y" } });
  const { value } = await followed[Symbol.asyncIterator]().next();
  using map = liveMap<number>(client.topic("state.a"));
  await map.set("x", 1);
  using here = members(client, "a");
  await enter(client, "a", "me").ready;
  const jobs = queue<number>(client, "jobs");
  await jobs.manage.declare();
  await jobs.send(1);
  await new Promise<void>((resolve) => {
    here.subscribe((list) => {
      if (list.size > 0) resolve();
    });
  });
  return [(value!.data as { text: string }).text, map.get().size, here.get().size, told];
}

/** What a careless library would do. */
function offend(): void {
  try {
    // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval, no-new-func -- that it is reported is what is tested
    Function("return 1")();
  } catch {}
  try {
    document.querySelector("p")!.innerHTML = "<b>x</b>";
  } catch {}
}

async function run(): Promise<void> {
  const { pathname, search } = location;
  const done = pathname === "/offend" ? offend() : await work(search.slice(1));
  // reports come as tasks
  await new Promise((resolve) => {
    setTimeout(resolve);
  });
  document.querySelector("p")!.textContent = JSON.stringify({ done, violations });
}

run().catch((error: unknown) => {
  document.querySelector("p")!.textContent = String(error);
});
