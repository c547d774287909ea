// The jobs and consumers of the hub's queues, whose owners are sessions.

import type { QueueJob } from "../queues/queue-listener.ts";
import type { LiveSession } from "../session.ts";
import type { Taking } from "./taking.ts";

export type LiveTaking = Taking<LiveSession>;
export type LiveJob = QueueJob<LiveTaking>;
