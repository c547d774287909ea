// How it was measured, told so that somebody else can judge and repeat it.

import { PAYLOAD_BYTES } from "../lab.ts";
import { busyLine } from "../table.ts";
import { escaped, tableOf } from "./markup.ts";
import type { Told } from "./told.ts";

/** The last section of the report. */
export function method({ machine, peers, notes, rows }: Told): string {
  const { system, memoryGiB, pinned, loadBefore } = machine;
  const cores = pinned
    ? "The server has core 0, the load generator core 1."
    : "There is no taskset here, so server and load generator share cores as the system likes.";
  const servers = peers.map((peer) => [
    escaped(peer.name),
    escaped(peer.version),
    escaped(peer.chosen),
  ]);
  return `<h2>Method</h2>
<p>Each server and the load generator are processes of their own, new for each measurement of a scenario, on the loopback address. ${cores} The generator speaks each server's own language on raw sockets, masked as browsers do it. Each payload of ${PAYLOAD_BYTES} bytes carries a number and a time: every delivery is counted, and one that is lost, doubled or out of order fails the run.</p>
<p>Servers are measured in turn, round after round, and compared within a round; medians of these ratios are shown, and differences below 15 % are noise. What a server used of its core is read while it is idle, before and after, and figures are judged per second of it: on a busy machine that says more than deliveries per second. The generator's own share is told beside it, and what is above 90 % is marked, as then the generator may be what limits. What is loaded before a measurement is not counted.</p>
<p>Slow clients are real sockets that stop reading, or read a little ten times a second; their deliveries are counted apart and held against what the hub tells of gaps, offset by offset. Memory is what the system says the server's process has resident, less what that was after forced collections before; it is collected again before an idle server is looked at, and growth is the most that a quarter of a second's look has found. Distance is a proxy in the load generator's process, so what that is late by is in the figures of scenario N.</p>
<p>${escaped(busyLine(rows))} That is what the system counts as not idle, less what server, load generator and benchmark used, of all processors; such rows are marked and not left out.</p>
<p class="soft">${escaped(`${system}, ${memoryGiB} GiB of memory, load average ${loadBefore} when it began.`)}</p>
<div class="card">${tableOf([["server", "version", "chosen"], ...servers])}</div>
${notes.map((note) => `<pre>${escaped(note)}</pre>`).join("")}`;
}
