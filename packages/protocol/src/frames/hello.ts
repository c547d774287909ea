// The handshake: who comes, what it may do, and whether it is an earlier session that comes back.

import { down, up } from "../opcode.ts";
import { type Field, list, map, orNil, text, tuple, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue } from "../wire/reader.ts";

/** The version of the protocol that this package speaks. */
export const protocolVersion = 1;

/** The WebSocket subprotocol that stands for it. */
export const subprotocol = "fanwire.1";

/** An earlier session and the secret that its last WELCOME told. */
export interface ResumeClaim {
  readonly session: string;
  readonly secret: string;
}

/** The first frame of a client, and the only one before WELCOME. Errors of HELLO are close codes. */
export interface HelloFrame {
  readonly op: typeof up.HELLO;
  readonly version: number;
  readonly token: string | null;
  /** `sdk`, `version`, `name`: str; `flow`: true when the client sends SEEN. Other keys are ignored. */
  readonly client: ReadonlyMap<string, EnvelopeValue> | null;
  readonly resume: ResumeClaim | null;
}

/** Describes {@link HelloFrame}. */
export const helloFrame: Frame<HelloFrame> = frame<HelloFrame>(up.HELLO, "HELLO", {
  version: uint,
  token: orNil(text),
  client: orNil(map),
  resume: orNil(tuple<ResumeClaim>({ session: text, secret: text })),
});

/** The hub's answer to HELLO. */
export interface WelcomeFrame {
  readonly op: typeof down.WELCOME;
  readonly version: number;
  /** The session's id; an unchanged one means that the session was resumed. */
  readonly session: string;
  /** Resumes the session from another connection. */
  readonly secret: string;
  /** The hub's time, in milliseconds since 1970. */
  readonly now: number;
  /** The hub's bounds, by the names of its options. */
  readonly limits: ReadonlyMap<string, EnvelopeValue>;
  /** What this hub can do beyond the least. */
  readonly features: readonly string[];
  /** When the token expires, in milliseconds since 1970. */
  readonly expires: number | null;
}

const features: Field<readonly string[]> = list(text);

/** Describes {@link WelcomeFrame}. */
export const welcomeFrame: Frame<WelcomeFrame> = frame<WelcomeFrame>(down.WELCOME, "WELCOME", {
  version: uint,
  session: text,
  secret: text,
  now: uint,
  limits: map,
  features,
  expires: orNil(uint),
});
