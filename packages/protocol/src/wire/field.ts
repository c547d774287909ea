// What an element of a frame may be. A frame is described once, as a list of fields; its reader, its writer and its line in the
// fingerprint of the wire all come from that description.

import type { Position } from "../position.ts";
import type { EnvelopeValue, Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

export interface Field<T> {
  /** How the field stands in the fingerprint of the wire. */
  readonly shape: string;
  read(r: Reader): T;
  write(w: Writer, value: T): void;
}

export const uint: Field<number> = {
  shape: "uint",
  read: (r) => r.uint(),
  write: (w, value) => w.uint(value),
};

/** What a reply is matched by. */
export const id: Field<number> = {
  shape: "id",
  read: (r) => r.uint() || r.fail("integer out of range"),
  write: (w, value) => w.uint(value),
};

export const bool: Field<boolean> = {
  shape: "bool",
  read: (r) => r.bool(),
  write: (w, value) => w.bool(value),
};

export const text: Field<string> = {
  shape: "str",
  read: (r) => r.text(),
  write: (w, value) => w.text(value),
};

/** A view of the received bytes: copy it before keeping it. */
export const bin: Field<Uint8Array> = {
  shape: "bin",
  read: (r) => r.bin(),
  write: (w, value) => w.bin(value),
};

/** A map whose keys the wire leaves open. */
export const map: Field<ReadonlyMap<string, EnvelopeValue>> = {
  shape: "map",
  read: (r) => r.entries(),
  write: writeMap,
};

/** A topic by name or by its alias. */
export const topicOrAlias: Field<string | number> = {
  shape: "str|uint",
  read: (r) => (r.isText ? r.text() : r.uint()),
  write: (w, value) => (typeof value === "string" ? w.text(value) : w.uint(value)),
};

export const position: Field<Position> = {
  shape: "[uint,uint]",
  read(r) {
    const count = r.array();
    const value = { epoch: r.uint(), offset: r.uint() };
    r.closeTuple(count, 2);
    return value;
  },
  write(w, value) {
    w.array(2);
    w.uint(value.epoch);
    w.uint(value.offset);
  },
};

export function orNil<T>(field: Field<T>): Field<T | null> {
  return {
    shape: `${field.shape}|nil`,
    read: (r) => (r.nil() ? null : field.read(r)),
    write: (w, value) => (value === null ? w.nil() : field.write(w, value)),
  };
}

export function list<T>(field: Field<T>): Field<readonly T[]> {
  return {
    shape: `[${field.shape}…]`,
    read(r) {
      const values: T[] = [];
      const count = r.array();
      for (let i = 0; i < count && r.fault === ""; i++) values.push(field.read(r));
      r.close();
      return values;
    },
    write(w, values) {
      w.array(values.length);
      for (const value of values) field.write(w, value);
    },
  };
}

/** The fields of `T` in the order in which they stand on the wire. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** An array whose elements have names here and places on the wire. */
export function tuple<T extends object>(fields: Fields<T>): Field<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    shape: `[${names.map((name) => `${String(name)}:${fields[name].shape}`).join(",")}]`,
    read(r) {
      const count = r.array();
      const value = readFields(r, fields, {} as T);
      r.closeTuple(count, names.length);
      return value;
    },
    write(w, value) {
      w.array(names.length);
      writeFields(w, fields, value);
    },
  };
}

/** Reads the fields into `value`, one after the other. */
export function readFields<T extends object>(r: Reader, fields: Fields<T>, value: T): T {
  for (const name in fields) value[name] = fields[name].read(r);
  return value;
}

export function writeFields<T extends object>(w: Writer, fields: Fields<T>, value: T): void {
  for (const name in fields) fields[name].write(w, value[name]);
}

/** Any value of the envelope. */
export function writeValue(w: Writer, value: EnvelopeValue): void {
  if (value === null) w.nil();
  else if (typeof value === "boolean") w.bool(value);
  else if (typeof value === "number") w.integer(value);
  else if (typeof value === "string") w.text(value);
  else if (value instanceof Uint8Array) w.bin(value);
  else if (value instanceof Map) writeMap(w, value);
  else {
    const values = value as readonly EnvelopeValue[];
    w.array(values.length);
    for (const element of values) writeValue(w, element);
  }
}

/** A map with str keys, as {@link map} writes it. */
export function writeMap(w: Writer, value: ReadonlyMap<string, EnvelopeValue>): void {
  w.map(value.size);
  for (const [key, element] of value) {
    w.text(key);
    writeValue(w, element);
  }
}
