// What tabs tell each other. It comes from other browsers, so nothing of it is believed unread.
import { COLOURS, type Author, type ColourName } from "./names.ts";

/** Topic `board.strokes`: a piece of a stroke; pieces of the same id are one line. Or everything that was drawn is wiped. */
export interface StrokePiece extends Author {
  readonly id: string;
  /** x, y, x, y …, each from 0 to 1 of the surface. */
  readonly points: readonly number[];
}

/** Topic `board.text`: the whole line, as it reads now. */
export interface TextLine extends Author {
  readonly text: string;
}

export const TEXT_MAX = 120;
const NAME_MAX = 40;
const POINTS_MAX = 2_000;

/** Topic `board.strokes` too, so that it has its place among them. */
export interface Wipe extends Author {
  readonly wipe: true;
}

type Fields = Readonly<Record<string, unknown>>;

export function readAuthor(data: unknown): Author | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { tab, name, colour } = data as Fields;
  if (!isWord(tab) || !isWord(name) || !COLOURS.includes(colour as ColourName)) return undefined;
  return { tab, name, colour: colour as ColourName };
}

export function readStrokePiece(data: unknown): StrokePiece | undefined {
  const author = readAuthor(data);
  const { id, points } = (data ?? {}) as Fields;
  if (!author || !isWord(id) || !Array.isArray(points)) return undefined;
  if (points.length > POINTS_MAX || points.length % 2 !== 0) return undefined;
  return points.every(isPart) ? { ...author, id, points } : undefined;
}

export function readWipe(data: unknown): Wipe | undefined {
  const author = readAuthor(data);
  return author && (data as Fields)["wipe"] === true ? { ...author, wipe: true } : undefined;
}

export function readTextLine(data: unknown): TextLine | undefined {
  const author = readAuthor(data);
  const { text } = (data ?? {}) as Fields;
  if (!author || typeof text !== "string") return undefined;
  return { ...author, text: text.slice(0, TEXT_MAX) };
}

const isWord = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= NAME_MAX;

const isPart = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= 1;
