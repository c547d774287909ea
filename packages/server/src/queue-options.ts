// Queues that are there from the start: a list in the configuration, as opposed to the single values of the table of options.

import { deadLetterFault, isQueueName } from "./core/queues/queue-name.ts";
import { defaultsFor, type QueueSettings, readSettings } from "./core/queues/queue-settings.ts";

/** A queue that is there from the start. What is left out has the default of {@link QueueSettings}; `durable` is true where there is `data`. */
export interface QueueOptions extends Partial<QueueSettings> {
  /** One level of a topic, not beginning with `$`. */
  readonly name: string;
}

/** Checks queues and fills in what is left out. Throws a TypeError that names the queue and what is wrong with it. `isStored`: there is `data`. */
export function resolveQueues(queues: unknown, isStored: boolean): Map<string, QueueSettings> {
  if (!Array.isArray(queues)) throw new TypeError("queues must be a list.");
  const resolved = new Map<string, QueueSettings>();
  for (const [i, queue] of queues.entries()) {
    const { name, settings } = resolveQueue(queue, `queues[${i}]`, isStored);
    if (resolved.has(name)) throw new TypeError(`queues[${i}].name is there twice: ${name}.`);
    resolved.set(name, settings);
  }
  return resolved;
}

function resolveQueue(
  queue: unknown,
  where: string,
  isStored: boolean,
): { name: string; settings: QueueSettings } {
  if (typeof queue !== "object" || queue === null)
    throw new TypeError(`${where} must be an object like { "name": "thumbnails" }.`);
  const { name, ...said } = queue as Record<string, unknown>;
  if (typeof name !== "string" || !isQueueName(name))
    throw new TypeError(
      `${where}.name must be one level of a topic, not ${JSON.stringify(name) ?? "missing"}.`,
    );
  const settings = readSettings(said, { ...defaultsFor(name), durable: isStored });
  if (typeof settings === "string") throw new TypeError(`${where}: ${settings}`);
  const fault = deadLetterFault(name, settings.deadLetter);
  if (fault !== undefined) throw new TypeError(`${where}: ${fault}`);
  if (settings.durable && !isStored)
    throw new TypeError(`${where}.durable needs data: the directory where it is kept.`);
  return { name, settings };
}
