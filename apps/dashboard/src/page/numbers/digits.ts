// Digits of a figure.

/** A figure as it is shown; nothing to show is a dash without unit. */
export interface Figure {
  readonly text: string;
  readonly unit: string;
}

export const NOTHING: Figure = { text: "–", unit: "" };

const formats = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** With thousands by comma and so many decimals. */
export const decimals = (value: number, digits: 0 | 1 | 2): string =>
  formats[digits]?.format(value === 0 ? 0 : value) ?? "";

/** Three significant digits: 1.23, 12.3, 123; beyond a thousand every digit before the point stays. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  // by what the rounded number is: 9.996 is 10.0, not 10.00
  if (size >= 99.95) return decimals(value, 0);
  return decimals(value, size >= 9.995 ? 1 : 2);
}

export const count = (value: number): string => decimals(value, 0);

export const percent = (value: number): Figure => figure(decimals, value, 1, "%");
export const wholePercent = (value: number): Figure => figure(decimals, value, 0, "%");
export const plain = (value: number): Figure =>
  Number.isFinite(value) ? { text: threeDigits(value), unit: "" } : NOTHING;
export const twoDecimals = (value: number): Figure => figure(decimals, value, 2, "");

function figure(format: typeof decimals, value: number, digits: 0 | 1 | 2, unit: string): Figure {
  return Number.isFinite(value) ? { text: format(value, digits), unit } : NOTHING;
}
