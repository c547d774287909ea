// The one link of all tabs. To each socket of a tab it is what a hub is, and what the tabs say it says to the hub over one session: what they
// follow is counted over all of them, what they publish goes through with the identity that the tab gave it, so that it happens once
// whichever relay sends it.

import { decodeEach } from "@fanwire/protocol";
import type { errorCodes } from "@fanwire/protocol";
import { ClientError } from "../errors.ts";
import type { Frame } from "../frames.ts";
import { openLink, type Settings, type User } from "../link.ts";
import {
  ENTER,
  HELLO,
  HISTORY,
  HUB_PONG,
  LEAVE,
  MANAGE,
  PING,
  PONG,
  PUBLISH,
  READ,
  REFUSED,
  SEEN,
  SEND,
  SEND_MANY,
  SUBSCRIBE,
  UNSUBSCRIBE,
  WELCOME,
} from "../opcodes.ts";
import type { Runtime } from "../runtime.ts";
import { Line } from "./line.ts";
import type { FromRelay, FromTab, Port } from "./port.ts";
import { openSeats } from "./seat.ts";
import { openStreams } from "./streams.ts";
import { openTokens } from "./token.ts";

const UNSUPPORTED: typeof errorCodes.unsupported.code = 101;

const LOST = 1006;
const FOR_GOOD = 4502;

/** How soon a tab finds that its relay is gone, in milliseconds; see `pingMs` of the hub. */
const pings = { pingMs: 5000, pingTimeoutMs: 5000 };

/** A request of a tab that the hub has not answered. */
interface Asked {
  readonly line: Line;
  readonly id: number;
}

export interface Relay {
  /** A tab is there. `receive` takes what it says. */
  attach(tab: Port<FromRelay>): (told: FromTab) => void;
  /** It is over: the tabs go to another. */
  close(): void;
}

/** `token`: whether the tabs are to be asked for one; a text counts as it is. `over`: the link is closed for good. */
export function openRelay(
  settings: Omit<Settings, "token">,
  token: string | boolean,
  runtime: Runtime,
  over: () => void,
): Relay {
  const tabs = new Map<Port<FromRelay>, Map<number, Line>>();
  const lines = new Set<Line>();
  /** By the number that the hub was asked with. */
  const asked = new Map<number, Asked>();
  const tokens = openTokens(() => tabs.keys(), runtime);
  const source = token === true ? tokens.source : token || undefined;
  const link = openLink({ ...settings, token: source }, runtime);
  const user: User = { wake: () => Infinity, over: () => {} };

  /** Says a request of a tab. `done` hears the answer instead of the tab; what is refused the tab hears in any case. */
  function forward(
    line: Line | undefined,
    id: number,
    op: number,
    elements: Frame,
    done?: (told: Frame | ClientError) => void,
  ): void {
    if (!id && op === PUBLISH) return void link.ask(undefined, op, ...elements);
    const own = link.ask(
      (told) => {
        if (told instanceof ClientError) return done?.(told);
        asked.delete(own);
        if (done) done(told);
        else line?.ok(id, ...told.slice(2));
      },
      op,
      ...elements,
    );
    if (line) asked.set(own, { line, id });
  }

  const streams = openStreams(link, (line, id, entries, done) =>
    forward(line, id, SUBSCRIBE, [entries], done),
  );
  const seats = openSeats((line, id, op, ...elements) => forward(line, id, op, elements));

  function welcome(line: Line): void {
    const status = link.status.get();
    if (status.state !== "live" || !line.isIn || line.isLive) return;
    line.isLive = true;
    const limits = { ...link.limits, ...pings };
    line.tell([WELCOME, 1, status.session, "", link.hubTime(), limits, [], null]);
  }

  function forget(line: Line): void {
    if (!lines.delete(line)) return;
    line.isClosed = true;
    tabs.get(line.tab)?.delete(line.socket);
    if (link.isLive()) {
      streams.forget(line);
      seats.forget(line);
    }
    if (lines.size === 0) link.release(user);
  }

  function closeAll(cause: ClientError | undefined, other: number): void {
    asked.clear();
    streams.clear();
    seats.clear();
    const { closeCode = other, message = "" } = cause ?? {};
    for (const line of lines) line.close(closeCode, message);
  }

  link.cargo.push({
    load() {},
    cut: (cause) => closeAll(cause, LOST),
    read(frame) {
      if (frame[0] === REFUSED) refused(frame);
      else if (frame[0] === HISTORY) {
        const { line, id } = asked.get(frame[1]) ?? {};
        line?.tell([HISTORY, id, ...frame.slice(2)]);
      } else streams.read(frame);
    },
  });

  link.status.subscribe((status) => {
    if (status.state === "live") for (const line of lines) welcome(line);
    if (status.state === "waiting") closeAll(status.cause, LOST);
    if (status.state !== "closed") return;
    closeAll(status.cause, FOR_GOOD);
    over();
  });

  /** With the number 0 it is told to all whom it may concern. */
  function refused([, own, ...more]: Frame): void {
    const request = asked.get(own as number);
    asked.delete(own as number);
    if (request) request.line.tell([REFUSED, request.id, ...more]);
    if (own === 0) for (const line of lines) if (line.isLive) line.tell([REFUSED, 0, ...more]);
  }

  function hear(line: Line, frame: Frame, kept: readonly string[]): void {
    const [op, id, ...elements] = frame as readonly [number, number, ...unknown[]];
    if (op === HELLO) {
      line.isIn = true;
      return welcome(line);
    }
    if (!line.isLive) return;
    switch (op) {
      case SUBSCRIBE:
        return streams.subscribe(line, id, elements[0] as Frame[], kept);
      case UNSUBSCRIBE:
        return streams.unsubscribe(line, id, elements[0] as string[]);
      case ENTER:
        return seats.enter(line, frame);
      case LEAVE:
        return seats.leave(line, id, elements[0] as string);
      case PING:
        return line.tell([HUB_PONG, id]);
      case PONG:
      case SEEN:
        return;
      case PUBLISH:
      case READ:
      case SEND:
      case SEND_MANY:
      case MANAGE:
        return forward(line, id, op, elements);
    }
    const text = "Over a shared link no jobs are taken; make a client of its own for that.";
    if (id) line.tell([REFUSED, id, UNSUPPORTED, text, null, null, null]);
  }

  function lineOf(tab: Port<FromRelay>, socket: number): Line | undefined {
    const own = tabs.get(tab);
    const known = own?.get(socket);
    if (known || !own) return known;
    const line = new Line(tab, socket, forget);
    own.set(socket, line);
    lines.add(line);
    link.use(user, Infinity);
    return line;
  }

  function detach(tab: Port<FromRelay>): void {
    const own = tabs.get(tab);
    tabs.delete(tab);
    for (const line of own?.values() ?? []) forget(line);
    tokens.forget(tab);
  }

  return {
    attach(tab) {
      tabs.set(tab, new Map());
      return (told) => {
        switch (told.kind) {
          case "up": {
            const line = lineOf(tab, told.socket);
            decodeEach(told.bytes, (frame) => {
              if (line && !line.isClosed) hear(line, frame as Frame, told.kept);
            });
            break;
          }
          case "close": {
            const line = tabs.get(tab)?.get(told.socket);
            if (line) forget(line);
            break;
          }
          case "seen":
            tabs.get(tab)?.get(told.socket)?.seen(told.bytes);
            break;
          case "probe":
          case "renew":
            link.step(told.kind);
            break;
          case "token":
            tokens.answer(tab, told.ask, told);
            break;
          case "bye":
            detach(tab);
        }
      };
    },
    close() {
      closeAll(undefined, LOST);
      for (const tab of tabs.keys()) tab.post({ kind: "over" });
      tabs.clear();
      link.step("close");
    },
  };
}
