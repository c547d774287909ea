// Components on a server: the first value of everything, and no socket.

import { createElement as h, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { Bench } from "../fake-hub.testkit.ts";
import {
  FanwireProvider,
  useClient,
  useLiveMap,
  usePresence,
  usePublish,
  useStatus,
  useStore,
  useTopic,
} from "./index.ts";

function Everything(): ReactNode {
  const sum = useTopic("a", { initial: 7, reduce: (all: number) => all + 1 });
  const list = useTopic("b.*", { keep: 3, lag: "latest" });
  const known = useStore(
    useClient()
      .topic("c")
      .store({ initial: "c", reduce: (c) => c }),
  );
  usePublish("a");
  return [
    sum,
    list.length,
    useStatus().state,
    useLiveMap("s").size,
    usePresence("p").size,
    known,
  ].join(" ");
}

test("RX1 on a server components have the initial values, and nothing is opened or asked", () => {
  const { client, sockets, clock } = new Bench();
  const html = renderToString(h(FanwireProvider, { client }, h(Everything)));
  expect(html).toBe("7 0 idle 0 0 c");
  expect([sockets.length, clock.timers.size, client.status.get().state]).toEqual([0, 0, "idle"]);
});

test("RX1 without a provider it is said what is missing", () => {
  expect(() => renderToString(h(Everything))).toThrow("no FanwireProvider is above");
});
