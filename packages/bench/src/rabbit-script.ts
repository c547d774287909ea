// Where RabbitMQ is on this machine.

import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What starts a broker in the foreground, and its version. */
export interface RabbitScript {
  readonly path: string;
  readonly version: string;
}

/** Debian's own command on the path only lets certain users in; this is what it calls. */
const DEBIAN = "/usr/lib/rabbitmq/bin";

/** Looks for it; else says in a sentence how it comes here. */
export function findRabbit(): RabbitScript | string {
  const folders = [DEBIAN, ...(process.env["PATH"] ?? "").split(delimiter)];
  const path = folders
    .map((folder) => join(folder, "rabbitmq-server"))
    .find((file) => existsSync(file));
  if (path === undefined)
    return "RabbitMQ is left out, as it is not installed: apt-get install rabbitmq-server (or brew install rabbitmq) brings it. It need not run: the benchmark starts its own.";
  const real = realpathSync(path);
  return { path: real, version: /rabbitmq_server-(?<v>[\d.]+)/u.exec(real)?.groups?.["v"] ?? "?" };
}
