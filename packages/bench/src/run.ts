// A run: in each round every group of every scenario, and in each group every peer in turn, so that what drifts on the machine drifts
// for all of them.

import type { Request } from "./cli.ts";
import { collect, inTurn } from "./in-turn.ts";
import { Lab } from "./lab.ts";
import { findPeer, type Peer, type PeerName, peerNames } from "./peers.ts";
import { ProfileWriter } from "./profile.ts";
import { duration, Progress } from "./progress.ts";
import type { Row } from "./result.ts";
import type { Group, Mode, Scenario, Start } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** Peers that are only there for orientation are measured in the first rounds. */
const ORIENTATION: ReadonlySet<PeerName> = new Set(["socket.io", "aedes"]);
const ORIENTATION_ROUNDS = 2;

/** Of the warm-up, as a share of the measurement. */
const WARM_UP = 0.4;

/** One group for one peer in one round. */
interface Step {
  readonly scenario: Scenario;
  readonly group: Group;
  readonly peer: Peer;
  readonly round: number;
}

/** What a run has found. */
export interface Findings {
  readonly rows: readonly Row[];
  readonly peers: readonly Peer[];
  /** What did not work, and who is left out, in sentences. */
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** Measures what was asked for. A step that fails is told and does not end the run. */
export async function run(request: Request): Promise<Findings> {
  const begun = performance.now();
  const { peers, notes } = await findPeers(request);
  const steps = stepsOf(request, peers);
  notes.push(...new Set(steps.flatMap(({ scenario }) => scenario.notes?.() ?? [])));
  const expected = steps.reduce((sum, { group }) => sum + group.seconds, 0);
  const progress = new Progress(expected);
  for (const note of notes) progress.note(note);
  progress.note(`${steps.length} steps, about ${duration(expected)}.`);
  if (steps.length === 0)
    notes.push("Nothing was measured: none of these servers takes part in these scenarios.");
  const profiles = request.profile === undefined ? undefined : new ProfileWriter(request.profile);
  const failures: string[] = [];
  const rows = await collect(
    inTurn(steps, async (step) => {
      progress.begin(describe(step, request.rounds));
      const done = await attempt(step, request, profiles);
      progress.end(step.group.seconds);
      if (done.failure !== undefined) progress.note(done.failure);
      if (done.failure !== undefined) failures.push(done.failure);
      return done.rows;
    }),
  );
  progress.clear();
  const all = rows.flat();
  return {
    rows: all,
    peers,
    notes: [...notes, ...(profiles?.summaries ?? [])],
    failures: [...failures, ...all.flatMap(failuresOf)],
    seconds: (performance.now() - begun) / 1000,
  };
}

function failuresOf({ scenario, case: name, peer, round, failures }: Row): string[] {
  return failures.map((what) => `${scenario}, ${name}, ${peer}, round ${round}: ${what}`);
}

async function findPeers({ quick, peers }: Request): Promise<{ peers: Peer[]; notes: string[] }> {
  const wanted = peers ?? peerNames;
  const mayFetch = !quick || (peers?.includes("bun") ?? false);
  const found = await Promise.all(wanted.map((name) => findPeer(name, mayFetch)));
  return {
    peers: found.filter((one) => typeof one !== "string"),
    notes: [...new Set(found.filter((one) => typeof one === "string"))],
  };
}

function chosenBy({ only }: Request): readonly Scenario[] {
  return scenarios.filter(({ id }) => only.length === 0 || only.includes(id));
}

function stepsOf(request: Request, peers: readonly Peer[]): Step[] {
  const mode: Mode = {
    quick: request.quick && request.only.length === 0,
    short: request.quick,
    ms: request.seconds * 1000,
    warmUpMs: request.seconds * 1000 * WARM_UP,
  };
  const chosen = chosenBy(request).map((scenario) => ({ scenario, groups: scenario.groups(mode) }));
  const rounds = Array.from({ length: request.rounds }, (_, i) => i + 1);
  return rounds.flatMap((round) =>
    chosen.flatMap(({ scenario, groups }) =>
      groups
        .filter(({ roundsMax = round }) => round <= roundsMax)
        .flatMap((group) =>
          peers
            .filter(({ name }) => group.peers.includes(name))
            .filter(({ name }) => round <= ORIENTATION_ROUNDS || !isBrief(name, group))
            .map((peer) => ({ scenario, group, peer, round })),
        ),
    ),
  );
}

function isBrief(name: PeerName, { briefly = [] }: Group): boolean {
  return ORIENTATION.has(name) || briefly.includes(name);
}

function describe({ scenario, group, peer, round }: Step, rounds: number): string {
  return `${scenario.id} ${scenario.title} · ${group.name} · ${peer.name} · round ${round} of ${rounds}`;
}

/** Runs a step and ends its processes, whatever happens. What it measured before it failed stands. */
async function attempt(
  step: Step,
  { seed }: Request,
  profiles: ProfileWriter | undefined,
): Promise<{ rows: Row[]; failure?: string }> {
  const { scenario, group, peer, round } = step;
  const labs: Lab[] = [];
  const rows: Row[] = [];
  const start: Start = (options) => {
    const lab = new Lab(peer, seed, options);
    if (peer.name === "fanwire") lab.onMeasure = profiles?.of(lab, scenario.id, round);
    labs.push(lab);
    return lab;
  };
  try {
    for await (const measured of group.measure(start, peer.name, round))
      rows.push({ scenario: scenario.id, peer: peer.name, round, ...measured });
    return { rows };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { rows, failure: `${scenario.id}, ${group.name}, ${peer.name}, round ${round}: ${why}` };
  } finally {
    await Promise.all(labs.map((lab) => lab.stop()));
  }
}
