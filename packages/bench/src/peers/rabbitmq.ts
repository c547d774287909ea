// RabbitMQ as it is installed, with its default options and no plugins, on ports and in a folder of its own, on the core of this process.
// What it uses is what the system says of its process: this one only starts it, and ends it.

import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { answerQuestions } from "../control.ts";
import { passed } from "../in-turn.ts";
import type { Sample } from "./sample.ts";

const HOST = "127.0.0.1";

/** Units of processor time in /proc, and the bytes of a page, on Linux. */
const TICKS = 100;
const PAGE_BYTES = 4096;

/** What it says of itself in the end, for the sentence about its death; in characters. */
const LAST_WORDS = 1500;

type Process = ChildProcessByStdio<null, Readable, Readable>;

/** Ends a process when this one is gone, however it went (util-linux). */
const LEASH = ["setpriv", "--pdeathsig", "KILL"] as const;
const canLeash = spawnSync(LEASH[0], ["--version"]).status === 0;

const script = process.argv[2]!;
const folder = mkdtempSync(join(tmpdir(), "fanwire-bench-"));
const [port, distributionPort, namesPort] = await freePorts(3);
const environment = environmentOf();
const processes: Process[] = [];
// the broker would start this one by itself, and leave it behind
await listening(start(["epmd", "-address", HOST, "-port", String(namesPort)]), namesPort!);
const broker = start([script]);
try {
  await started(broker);
} catch (error) {
  await end();
  throw error;
}
answerQuestions({ port }, { sample, collect: sample }, end);

function environmentOf(): NodeJS.ProcessEnv {
  const plugins = join(folder, "plugins");
  writeFileSync(plugins, "[].");
  return {
    ...process.env,
    HOME: folder,
    ERL_EPMD_ADDRESS: HOST,
    ERL_EPMD_PORT: String(namesPort),
    RABBITMQ_ALLOW_INPUT: "1", // the script becomes the broker, instead of waiting for it
    RABBITMQ_NODENAME: "fanwire-bench@localhost",
    RABBITMQ_NODE_IP_ADDRESS: HOST,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(folder, "store"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "none"),
    RABBITMQ_CONFIG_FILE: join(folder, "none"),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
  };
}

function start(command: readonly string[]): Process {
  const [file, ...rest] = canLeash ? [...LEASH, ...command] : command;
  const one = spawn(file!, rest, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  processes.push(one);
  return one;
}

/** Ends both, and waits for it: what is left of a process is taken away by the one that started it. */
async function end(): Promise<void> {
  const gone = processes.map((one) => once(one, "exit"));
  for (const one of processes) one.kill("SIGKILL");
  await Promise.all(gone);
  rmSync(folder, { recursive: true, force: true });
}

/** Resolves when it takes connections. Throws with what it said when it ends before. */
async function started(one: Process): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-LAST_WORDS);
      if (said.includes("Starting broker... completed")) resolve();
    };
    one.stdout.on("data", hear);
    one.stderr.on("data", hear);
    one.on("error", reject);
    one.on("exit", () => reject(new Error(`RabbitMQ did not start: ${said}`)));
  });
}

/** Resolves when the process listens there. Throws when it ends instead. */
async function listening(one: Process, there: number): Promise<void> {
  if (one.exitCode !== null) throw new Error(`epmd ended (${one.exitCode}); try again.`);
  const socket = connect(there, HOST);
  const isThere = await new Promise<boolean>((resolve) => {
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  });
  socket.destroy();
  if (isThere) return;
  await passed(20);
  await listening(one, there);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, "close")));
  return ports;
}

function sample(): Sample {
  const stat = readFileSync(`/proc/${broker.pid}/stat`, "utf8");
  // behind the name, which may hold anything, the third field is the first
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number);
  const cpuSeconds = (user! + system!) / TICKS;
  return { cpuSeconds, rssBytes: pages! * PAGE_BYTES, heapBytes: 0, bufferBytes: 0 };
}
