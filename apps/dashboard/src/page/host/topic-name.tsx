// The topic or pattern beside a panel's title: the page teaches the product.
import type { JSX } from "preact";
import type { Dashboard } from "../dashboard.ts";
import { useStore } from "../store.ts";

export function TopicName({ d, rest }: { d: Dashboard; rest: string }): JSX.Element {
  useStore(d.host.name);
  return (
    <code class="topic">
      <bdi dir="ltr">{d.host.topic(rest)}</bdi>
    </code>
  );
}
