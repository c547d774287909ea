// Text that becomes HTML.

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as HTML. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (c) => ENTITIES[c]!);
}

/** A table; cells are HTML, the first row is its head. */
export function tableOf([head = [], ...body]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: "th" | "td"): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table><thead>${row(head, "th")}</thead><tbody>${body
    .map((cells) => row(cells, "td"))
    .join("\n")}</tbody></table></div>`;
}
