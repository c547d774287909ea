// The wire, as small as a letter: whole, open, dashed, barred. The same motif as at the foot of the charts.
import type { JSX } from "preact";
import type { Link } from "../data/link.ts";

const DRAWINGS: Record<Link["is"], () => JSX.Element> = {
  live: () => (
    <>
      <path d="M0 5h20" />
      <circle cx="23" cy="5" r="3" fill="currentColor" stroke="none" />
    </>
  ),
  connecting: () => (
    <>
      <path d="M0 5h20" stroke-dasharray="3 3" />
      <circle cx="23" cy="5" r="3" />
    </>
  ),
  waiting: () => (
    <>
      <path d="M0 5h9M19 5h1" />
      <path d="M10 1v8" stroke-width="1.5" />
      <circle cx="23" cy="5" r="3" />
    </>
  ),
  "catching-up": () => (
    <>
      <path d="M0 5h12" />
      <path d="M12 5h8" stroke-width="1" />
      <circle cx="23" cy="5" r="3" fill="currentColor" stroke="none" />
    </>
  ),
  behind: () => (
    <>
      <path d="M9 5h6" />
      <circle cx="17" cy="5" r="3" fill="currentColor" stroke="none" />
      <path d="M20 5h8" stroke-width="1" stroke-dasharray="1.5 1.5" />
      <path d="M0 5h9" stroke-width="1" />
    </>
  ),
  denied: Barred,
  ended: Barred,
};

function Barred(): JSX.Element {
  return (
    <>
      <path d="M0 5h14" />
      <path d="M16 0v10" />
      <circle cx="23" cy="5" r="3" />
    </>
  );
}

export function Glyph({ is }: Pick<Link, "is">): JSX.Element {
  const Drawn = DRAWINGS[is];
  return (
    <svg class="glyph" width="28" height="10" viewBox="0 0 28 10" aria-hidden="true">
      <Drawn />
    </svg>
  );
}
