// The numbers of frames, one by one: a bundler writes down those that are used, and the tables that they are from stay out of the page. The
// compiler sees that they are the same.

import type { down, up } from "@fanwire/protocol";

// what clients say
export const HELLO: typeof up.HELLO = 1;
export const AUTH: typeof up.AUTH = 2;
export const SUBSCRIBE: typeof up.SUBSCRIBE = 3;
export const UNSUBSCRIBE: typeof up.UNSUBSCRIBE = 4;
export const PUBLISH: typeof up.PUBLISH = 5;
export const READ: typeof up.READ = 6;
export const PONG: typeof up.PONG = 7;
export const PING: typeof up.PING = 8;
export const SEEN: typeof up.SEEN = 9;
export const ENTER: typeof up.ENTER = 10;
export const LEAVE: typeof up.LEAVE = 11;
export const SEND: typeof up.SEND = 16;
export const SEND_MANY: typeof up.SEND_MANY = 17;
export const CONSUME: typeof up.CONSUME = 18;
export const CREDIT: typeof up.CREDIT = 19;
export const SETTLE: typeof up.SETTLE = 20;
export const CANCEL: typeof up.CANCEL = 21;
export const MANAGE: typeof up.MANAGE = 22;

// what hubs say
export const WELCOME: typeof down.WELCOME = 33;
export const OK: typeof down.OK = 34;
export const REFUSED: typeof down.REFUSED = 35;
export const PUBLICATION: typeof down.PUBLICATION = 36;
export const PATTERN_PUBLICATION: typeof down.PATTERN_PUBLICATION = 37;
export const GAP: typeof down.GAP = 38;
export const ENDED: typeof down.ENDED = 39;
export const CAUGHT_UP: typeof down.CAUGHT_UP = 40;
export const HUB_PING: typeof down.PING = 41;
export const HUB_PONG: typeof down.PONG = 42;
export const MOVING: typeof down.MOVING = 43;
export const MARK: typeof down.MARK = 44;
export const HISTORY: typeof down.HISTORY = 46;
export const DELIVERY: typeof down.DELIVERY = 48;
export const LOST: typeof down.LOST = 49;
export const ACTIVE: typeof down.ACTIVE = 50;
export const STOPPED: typeof down.STOPPED = 51;
