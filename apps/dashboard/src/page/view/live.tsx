// Text that follows the data: written into the page at most four times a second, without rendering anything anew.
import { useEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import type { Figure } from "../numbers/digits.ts";
import { onText } from "../quarter.ts";

export interface LiveProps {
  readonly of: () => Figure;
  /** Space in digits, so that nothing moves when the figure grows. */
  readonly digits?: number;
  readonly class?: string;
}

export function Live({ of, digits = 0, class: name = "" }: LiveProps): JSX.Element {
  const value = useRef<HTMLSpanElement>(null);
  const unit = useRef<HTMLSpanElement>(null);
  const read = useRef(of);
  read.current = of;
  useEffect(
    () =>
      onText(() => {
        const figure = read.current();
        write(value.current, figure.text);
        write(unit.current, figure.unit && `\u2009${figure.unit}`);
      }),
    [],
  );
  return (
    <span class={`n ${name}`} style={{ minWidth: `${digits}ch` }}>
      <span ref={value} />
      <span ref={unit} class="u" />
    </span>
  );
}

function write(element: HTMLElement | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

/** A word or number that the page is made of; renders anew only when it changes. */
export function useLive<T extends string | number | boolean | undefined>(read: () => T): T {
  const [value, setValue] = useState(read);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => onText(() => setValue(() => latest.current())), []);
  return value;
}
