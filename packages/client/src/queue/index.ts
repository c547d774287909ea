// Work queues: sending jobs, working on them, and what can be done to queues.

export type { QueueConfiguration } from "./configuration.ts";
export type { DeadLetter, Job, JobInfo } from "./job.ts";
export type {
  BindOptions,
  Declared,
  DeclareOptions,
  ListedQueue,
  LookOptions,
  Management,
  RedriveOptions,
} from "./managing.ts";
export type {
  JobState,
  Looked,
  LookedJob,
  QueueKind,
  QueueRate,
  QueueStats,
  QueueTimes,
} from "./looking.ts";
export { Fatal, Release, Retry } from "./outcomes.ts";
export type { PulledJob, PullOptions } from "./pull.ts";
export { type JobReport, type JobStage, type Queue, queue, queues } from "./queue.ts";
export type { JobInput, JobOptions, SendOptions } from "./send-options.ts";
export type { SendOutcome, Sent } from "./sender.ts";
export type { ConsumeOptions, Handler, Worker, WorkerJob } from "./working.ts";
