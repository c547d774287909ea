// /proc/loadavg: "0.52 0.58 0.59 1/389 12345".

export interface LoadMeans {
  readonly one: number;
  readonly five: number;
  readonly fifteen: number;
}

export function parseLoad(text: string): LoadMeans | undefined {
  const [one = NaN, five = NaN, fifteen = NaN] = text.trim().split(/\s+/).map(Number);
  return Number.isNaN(one + five + fifteen) ? undefined : { one, five, fifteen };
}
