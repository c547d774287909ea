// /proc/<pid>/stat, status and cmdline of one process.

export interface ProcessTicks {
  /** A pid is used again; with its start it is one process only. */
  readonly startedAt: number;
  readonly ticks: number;
}

/** The name in brackets may itself hold spaces and brackets, so the columns are counted from the last one. */
export function parseProcessTicks(stat: string): ProcessTicks | undefined {
  const end = stat.lastIndexOf(")");
  if (end < 0) return undefined;
  const columns = stat.slice(end + 2).split(" ");
  const [user, system, startedAt] = [columns[11], columns[12], columns[19]].map(Number);
  if (user === undefined || system === undefined || startedAt === undefined) return undefined;
  return Number.isNaN(user + system + startedAt) ? undefined : { startedAt, ticks: user + system };
}

export interface ProcessStatus {
  readonly name: string;
  readonly uid: number;
  readonly memory: number;
}

/** Kernel threads have no VmRSS and hold no memory. */
export function parseProcessStatus(status: string): ProcessStatus | undefined {
  const name = /^Name:\t(.+)$/m.exec(status)?.[1];
  const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (name === undefined || uid === undefined) return undefined;
  return { name, uid: Number(uid), memory: Number(kib ?? 0) * 1024 };
}

const INTERPRETERS = /^(node|python[\d.]*|ruby|perl|bash|sh|deno|bun|php)$/;
/** What follows these is a program's text, not a file. */
const TEXT_FOLLOWS = /^(-[cep]|--eval|--print)$/;
/** What follows these is theirs. */
const VALUE_FOLLOWS = /^(-[rCWX]|--require|--import|--loader|--experimental-loader|--conditions)$/;
/** Names that say nothing, and folders that say nothing either. */
const NAMELESS = /^(main|index|cli|app|server)\.\w+$/;
const FOLDERS = new Set(["src", "dist", "lib", "bin", "build", ""]);

/** The program, and the script it runs; never more of the arguments, which may hold secrets. */
export function processName(commandLine: string, fallback: string): string {
  const words = commandLine.split("\0").filter((w) => w.trim() !== "");
  const first = words[0];
  if (first === undefined) return fallback;
  const program = programName(first);
  const script = INTERPRETERS.test(program) ? scriptName(words.slice(1)) : undefined;
  return script === undefined ? program : `${program} ${script}`;
}

/** A process that renamed itself says "postgres: writer"; others write their whole command line into the first word. */
function programName(word: string): string {
  const title = /^[\w-]+: [\w -]{1,24}/.exec(word)?.[0];
  return title?.trim() ?? word.trim().split(" ")[0]?.split("/").at(-1) ?? word;
}

function scriptName(words: readonly string[]): string | undefined {
  const at = words.findIndex(
    (w, i) => !w.startsWith("-") && !VALUE_FOLLOWS.test(words[i - 1] ?? ""),
  );
  if (words.slice(0, at).some((w) => TEXT_FOLLOWS.test(w))) return undefined;
  const script = words[at];
  if (script === undefined || /[^\w./@-]/.test(script)) return undefined;
  const parts = script.split("/");
  const base = parts.pop() ?? "";
  const folder = NAMELESS.test(base) ? parts.findLast((part) => !FOLDERS.has(part)) : undefined;
  return folder === undefined ? base : `${folder}/${base}`;
}

/** Names by number, of /etc/passwd. */
export function parseUsers(passwd: string): Map<number, string> {
  const users = new Map<number, string>();
  for (const line of passwd.split("\n")) {
    const [name, , uid] = line.split(":");
    if (name && uid) users.set(Number(uid), name);
  }
  return users;
}
