// The deadline of what a topic keeps, in the one place of a wheel that it may have: what a topic keeps may come to its end earlier than what
// it was put there for.

import type { LiveTopic } from "./session.ts";
import type { Timed } from "./wheel.ts";

export class TopicReminder implements Timed {
  readonly topic: LiveTopic;
  dueAt: number;

  constructor(topic: LiveTopic) {
    this.topic = topic;
    this.dueAt = topic.dueAt;
  }
}

/** The reminder that is to be put into the wheel; undefined when one that comes early enough is there, or nothing is to be done. */
export function reminderOf(topic: LiveTopic): TopicReminder | undefined {
  const before = topic.reminder;
  if (topic.dueAt === Infinity || (before !== null && before.dueAt <= topic.dueAt))
    return undefined;
  // the later one is dropped when it is found
  if (before !== null) before.dueAt = Infinity;
  const reminder = new TopicReminder(topic);
  topic.reminder = reminder;
  return reminder;
}
