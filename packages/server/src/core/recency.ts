// Topics in the order in which they were shown last, as a list that runs through the topics themselves. A pattern's catch-up walks it
// back from the newest.

import type { LiveTopic } from "./session.ts";

export class Recency {
  newest: LiveTopic | null = null;

  /** The topic was shown: it is the newest. */
  shown(topic: LiveTopic): void {
    if (this.newest === topic) return;
    this.remove(topic);
    topic.older = this.newest;
    if (this.newest !== null) this.newest.newer = topic;
    this.newest = topic;
  }

  remove(topic: LiveTopic): void {
    const { older, newer } = topic;
    if (older !== null) older.newer = newer;
    if (newer !== null) newer.older = older;
    else if (this.newest === topic) this.newest = older;
    topic.older = null;
    topic.newer = null;
  }
}
