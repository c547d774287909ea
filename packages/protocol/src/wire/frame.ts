// A frame: an array whose first element is the opcode, and whose other elements are its fields.

import { type Fields, readFields, writeFields } from "./field.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** The description of one kind of frame. `T` is the frame as an object; `op` tells it from the others of its direction. */
export interface Frame<T extends { readonly op: number }> {
  readonly op: T["op"];
  /** Its line in the fingerprint of the wire. */
  readonly shape: string;
  /** Reads the fields; the array's head and the opcode have been read, `count` is what the head declared. */
  read(r: Reader, count: number): T;
  write(w: Writer, frame: Omit<T, "op">): void;
}

export function frame<T extends { readonly op: number }>(
  op: T["op"],
  name: string,
  fields: Fields<Omit<T, "op">>,
): Frame<T> {
  const names = Object.keys(fields) as (keyof typeof fields)[];
  return {
    op,
    shape:
      `${op} ${name} ${names.map((key) => `${String(key)}:${fields[key].shape}`).join(" ")}`.trim(),
    read(r, count) {
      const value = readFields(r, fields, { op } as unknown as Omit<T, "op">) as T;
      r.closeTuple(count, names.length + 1);
      return value;
    },
    write(w, value) {
      w.array(names.length + 1);
      w.uint(op);
      writeFields(w, fields, value);
    },
  };
}

/** Reads the head of a frame and its opcode, and leaves what follows to the frame's own reader. */
export function readHead(r: Reader, head: FrameHead): void {
  head.count = r.array();
  const op = r.at < r.end ? r.bytes[r.at++]! : 0x80;
  head.op = op < 0x80 && head.count > 0 ? op : r.fail("not a frame");
}

/** What {@link readHead} fills: the elements that the frame's array declares, and its opcode. */
export interface FrameHead {
  count: number;
  op: number;
}
