// Colours of canvases: the variables of the style sheet, read again when the theme changes.

const NAMES = [
  "sheet",
  "text",
  "text-2",
  "text-3",
  "edge",
  "rule",
  "grid",
  "empty",
  "c1",
  "c2",
  "c3",
  "live",
  "wait",
  "bad",
] as const;
export type PaletteName = (typeof NAMES)[number];

const colours = new Map<PaletteName, string>();
let version = 0;

/** Another one after every change of theme. */
export const paletteVersion = (): number => version;

export function readPalette(): void {
  version++;
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) colours.set(name, style.getPropertyValue(`--${name}`).trim());
}

export const colour = (name: PaletteName): string => colours.get(name) ?? "";

/** With `alpha` from 0 to 1; the variables are all of the form #rrggbb. */
export const tint = (name: PaletteName, alpha: number): string =>
  colour(name) +
  Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");

export const FONT = '"IBM Plex Sans Variable", system-ui, sans-serif';
