// A fresh token on a live connection.

import { up } from "../opcode.ts";
import { id, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** A fresh token of the same subject and issuer. */
export interface AuthFrame {
  readonly op: typeof up.AUTH;
  readonly id: number;
  readonly token: string;
}

/** Describes {@link AuthFrame}. */
export const authFrame: Frame<AuthFrame> = frame<AuthFrame>(up.AUTH, "AUTH", { id, token: text });

/** The OK of AUTH. */
export interface AuthOk extends OkFrame {
  /** When the new token expires, in milliseconds since 1970. */
  readonly expires: number;
}

/** Describes {@link AuthOk}. */
export const authOk: Frame<AuthOk> = okFrame<AuthOk>("AUTH", { expires: uint });
