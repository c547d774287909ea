// Elements that several frames have.

import type { Reader } from "@fanwire/protocol";

/** An integer, or undefined for nil. */
export const uintOrNil = (r: Reader): number | undefined => (r.nil() ? undefined : r.uint());
