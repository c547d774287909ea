// The one membership that the tabs have in a topic: the session says what was said last, and leaves when the last of them does.

import type { Frame } from "../frames.ts";
import type { Line } from "./line.ts";
import { ENTER, LEAVE } from "../opcodes.ts";

/** Says a request, as the answer of which the line hears what comes back. */
type Forward = (line: Line | undefined, id: number, op: number, ...elements: Frame) => void;

export interface Seats {
  enter(line: Line, frame: Frame): void;
  /** `id`: of the LEAVE; 0: nobody hears of it. */
  leave(line: Line, id: number, topic: string): void;
  /** The line is gone. */
  forget(line: Line): void;
  clear(): void;
}

export function openSeats(forward: Forward): Seats {
  /** By topic: what the lines said, the last one last. */
  const seats = new Map<string, Map<Line, Frame>>();

  function leave(line: Line, id: number, topic: string): void {
    const seat = seats.get(topic);
    const isLast = [...(seat?.keys() ?? [])].at(-1) === line;
    seat?.delete(line);
    const before = [...(seat?.values() ?? [])].at(-1);
    const asker = id ? line : undefined;
    if (!before) {
      seats.delete(topic);
      forward(asker, id, LEAVE, topic);
    } else if (isLast) forward(asker, id, ENTER, topic, ...before);
    else if (id) line.ok(id);
  }

  return {
    enter(line, [, id, topic, ...said]) {
      const seat = seats.get(topic as string) ?? new Map<Line, Frame>();
      seats.set(topic as string, seat);
      seat.delete(line);
      seat.set(line, said);
      forward(line, id as number, ENTER, topic, ...said);
    },
    leave,
    forget(line) {
      for (const [topic, seat] of seats) if (seat.has(line)) leave(line, 0, topic);
    },
    clear: () => seats.clear(),
  };
}
