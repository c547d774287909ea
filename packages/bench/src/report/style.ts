/** By day and by night. */
export const colours = {
  day: "--paper: #fbfaf8; --ink: #1d2024; --soft: #687078; --line: #dcdcd8; --ours: #0b7a5e; --other: #b4bac0; --bad: #b3261e; --card: #fff;",
  night:
    "--paper: #14171a; --ink: #e8eaec; --soft: #98a1a9; --line: #2e3439; --ours: #3fcf9f; --other: #565f67; --bad: #ff8a80; --card: #1b1f23;",
} as const;

/** The look of the report, also on a narrow screen. */
export const style: string = `
:root { color-scheme: light dark; ${colours.day} }
@media (prefers-color-scheme: dark) { :root { ${colours.night} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .3rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; font-weight: 600; }
p { margin: .3rem 0 .8rem; max-width: 46rem; } .soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .2rem 1rem 1rem; margin: 1rem 0; }
svg { display: block; width: 100%; height: auto; font: 14px system-ui, sans-serif; }
svg rect.ours { fill: var(--ours); } svg rect.other { fill: var(--other); }
svg line { stroke: var(--ink); stroke-opacity: .55; stroke-width: 1.5; }
svg text { fill: var(--ink); } svg .label { text-anchor: end; } svg text.ours { font-weight: 700; } svg .value { font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; } th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; } .bars td { white-space: normal; } .good { color: var(--ours); } .bad { color: var(--bad); }
details { margin-top: .8rem; } summary { cursor: pointer; color: var(--soft); } pre { overflow-x: auto; font-size: .8rem; }
`;
