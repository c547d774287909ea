// Components of React in a real browser, with a real hub.

import { type Client, createClient, topic } from "@fanwire/client";
import { enter } from "@fanwire/client/presence";
import {
  FanwireProvider,
  useLiveMap,
  usePresence,
  usePublish,
  useStatus,
  useStore,
  useTopic,
} from "@fanwire/client/react";
import { liveMap } from "@fanwire/client/state";
import {
  createElement as h,
  type FunctionComponent,
  type ReactNode,
  startTransition,
  StrictMode,
  useState,
} from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, inject, test } from "vitest";

let client: Client;
let writer: Client;
let root: Root;
let place: HTMLElement;

beforeEach(() => {
  client = createClient(inject("hubUrl"));
  writer = createClient(inject("hubUrl"));
  place = document.body.appendChild(document.createElement("main"));
  root = createRoot(place);
});

afterEach(async () => {
  root.unmount();
  place.remove();
  await Promise.all([client.close(), writer.close()]);
});

const fresh = (): string => topic`test.${crypto.randomUUID()}`;

/** Renders the component below a provider. */
function show(
  component: FunctionComponent,
  around?: FunctionComponent<{ children: ReactNode }>,
): void {
  const all = h(FanwireProvider, { client }, h(component));
  root.render(around ? h(around, undefined, all) : all);
}

const text = (): string => place.textContent;

/** Subscriptions that the hub has, but for those of its own topics. */
async function live(): Promise<void> {
  await client.ready();
  // what was asked for before that is answered before that
  await client.topic(fresh()).publish(0);
}

/** Counts what the client says, by opcode. */
function counting(): { client: Client; said: number[] } {
  const said: number[] = [];
  class Socket extends WebSocket {
    override send(data: Uint8Array<ArrayBuffer>): void {
      // the first byte is an array's, the second the opcode of the message's first frame
      said.push(data[1]!);
      super.send(data);
    }
  }
  return { client: createClient(inject("hubUrl"), { WebSocket: Socket }), said };
}

test("RX2 a component shows what is published, and what reduce makes of it", async () => {
  const name = fresh();
  function Numbers(): ReactNode {
    const list = useTopic<number>(name, { keep: 2 });
    const sum = useTopic(name, {
      initial: 0,
      reduce: (all: number, batch) => batch.reduce((so, { data }) => so + (data as number), all),
    });
    return `${useStatus().state} ${list.map(({ data }) => data).join("+")} ${sum}`;
  }
  show(Numbers);
  await expect.poll(text).toBe("live  0");
  await live();
  for (const n of [1, 2, 3]) await writer.topic(name).publish(n);
  await expect.poll(text).toBe("live 2+3 6");
});

test("RX5 a component publishes, and shows states and members", async () => {
  const name = topic`state.${crypto.randomUUID()}`;
  const room = fresh();
  let publish: ((data: number) => unknown) | undefined;
  function Page(): ReactNode {
    publish = usePublish<number>(name);
    const map = useLiveMap<number>(name);
    const here = usePresence<string>(room);
    const keys = [...map].map(([key, { data }]) => `${key}=${data}`);
    return `${keys.join(" ")} ${[...here.values()].map(({ data }) => data).join(" ")}`;
  }
  show(Page);
  await liveMap(writer.topic<number>(name)).set("x", 1);
  await enter(writer, room, "ada").ready;
  await expect.poll(text).toBe("x=1 ada");
  await publish!(5);
  await expect.poll(text).toBe("x=1 =5 ada");
});

test("RX3 StrictMode, which mounts twice, subscribes once, and so does a component that comes back at once", async () => {
  const name = fresh();
  const counted = counting();
  const old = client;
  client = counted.client;
  const Numbers = (): ReactNode =>
    useTopic<number>(name)
      .map(({ data }) => data)
      .join("+");
  show(Numbers, StrictMode);
  await live();
  root.render(null);
  await new Promise(requestAnimationFrame);
  show(Numbers, StrictMode);
  await new Promise(requestAnimationFrame);
  await writer.topic(name).publish(1);
  await expect.poll(text).toBe("1");
  // SUBSCRIBE 3, UNSUBSCRIBE 4
  expect(counted.said.filter((op) => op === 3 || op === 4)).toEqual([3]);
  await old.close();
});

test("RX2 of a thousand updates a second a component is rendered once a frame at most", async () => {
  const name = fresh();
  let renders = 0;
  let frames = 0;
  let isOver = false;
  function Last(): ReactNode {
    renders++;
    return useTopic<number>(name, { keep: 1 }).map(({ data }) => data);
  }
  show(Last);
  await live();
  const before = renders;
  const count = (): void => {
    frames++;
    if (!isOver) requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  for (let n = 1; n <= 1000; n++) {
    await writer.topic(name).publish(n, { confirm: n % 10 ? "none" : "received" });
  }
  await expect.poll(text).toBe("1000");
  isOver = true;
  expect(renders - before).toBeLessThanOrEqual(frames + 1);
  expect(renders - before).toBeLessThan(1000);
});

test("RX4 all components show the same value, also while some are rendered in a transition", async () => {
  const name = fresh();
  const seen: string[] = [];
  let change: (() => void) | undefined;
  const sum = client.topic<number>(name).store({
    initial: 0,
    reduce: (all: number, batch) => all + batch.length,
  });
  const One = (): ReactNode => `${useStore(sum)} `;
  function Many(): ReactNode {
    const [turn, setTurn] = useState(0);
    change = () => startTransition(() => setTurn((n) => n + 1));
    return Array.from({ length: 50 }, (_, key) => h(One, { key: `${turn} ${key}` }));
  }
  show(Many);
  const observer = new MutationObserver(() => seen.push(text()));
  observer.observe(place, { childList: true, subtree: true, characterData: true });
  await live();
  for (let n = 0; n < 50; n++) {
    change!();
    await writer.topic(name).publish(n);
  }
  await expect.poll(text).toBe("50 ".repeat(50));
  observer.disconnect();
  expect(seen.filter((shown) => new Set(shown.trim().split(" ")).size > 1)).toEqual([]);
});

test("RX2 another topic is another state, and functions that are new with each rendering are not", async () => {
  const [one, two] = [fresh(), fresh()];
  let turn: ((name: string) => void) | undefined;
  let factor = 1;
  function Sum(): ReactNode {
    const [name, setName] = useState(one);
    turn = setName;
    const times = factor;
    return useTopic(name, {
      initial: 0,
      reduce: (all: number, batch) => all + batch.length * times,
    });
  }
  show(Sum);
  await live();
  await writer.topic(one).publish(0);
  await expect.poll(text).toBe("1");
  factor = 10;
  show(Sum);
  await new Promise(requestAnimationFrame);
  await writer.topic(one).publish(0);
  await expect.poll(text).toBe("11");
  turn!(two);
  await expect.poll(text).toBe("0");
});
