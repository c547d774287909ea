// Where a publication stands, as applications see it.

declare const brand: unique symbol;

/** A place in the log of a topic. Opaque: keep it, compare it for equality, give it back; nothing else is promised. */
export type Position = string & { readonly [brand]: "position" };

/** The position of a publication. */
export function position(epoch: number, offset: number): Position {
  return `${epoch}:${offset}` as Position;
}
