import type { LiveStream } from "../session.ts";
import { Topic } from "../topic.ts";
import type { Topics } from "../topics.ts";
import { PatternSource, type ThisRun } from "./pattern-source.ts";
import type { Source } from "./source.ts";
import { TopicSource } from "./topic-source.ts";

/** Which source a stream is read from. */
export class Sources {
  readonly topics: TopicSource = new TopicSource();
  readonly patterns: PatternSource;

  constructor(topics: Topics, run: ThisRun) {
    this.patterns = new PatternSource(topics, run);
  }

  of(stream: LiveStream): Source {
    return stream instanceof Topic ? this.topics : this.patterns;
  }
}
