// Help that fits 80 columns and is read from top to bottom.

import type { Command, Flag } from "./command.ts";

const WIDTH = 80;
const INDENT = "  ";

/** The help of `fanwire` alone. */
export function overview(commands: readonly Command[], version: string): string {
  return [
    `fanwire ${version}: a hub for real-time software, from the shell.`,
    "",
    "Usage: fanwire <command> [flags]",
    "",
    ...listed(commands),
    "",
    "Three shells to see it work:",
    `${INDENT}$ fanwire serve`,
    `${INDENT}$ fanwire sub 'greetings.**'`,
    `${INDENT}$ fanwire pub greetings.world '{"text": "hello"}'`,
    "",
    "fanwire <command> --help tells more of each. --version prints the version.",
    "",
  ].join("\n");
}

/** A line for each, by its last word. */
function listed(commands: readonly Command[]): string[] {
  const rows = commands.map(({ name, summary }) => [name.split(" ").at(-1)!, summary] as const);
  const width = Math.max(...rows.map(([word]) => word.length)) + 2;
  return rows.map(([word, summary]) => `${INDENT}${word.padEnd(width)}${summary}`);
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const { name, operands, description, groups, examples, verbs = [] } = command;
  const lines = [`Usage: fanwire ${name} ${operands}`.trimEnd(), ""];
  for (const paragraph of description) lines.push(...wrapped(paragraph, WIDTH), "");
  if (verbs.length > 0) lines.push("Verbs:", ...listed(verbs), "");
  for (const { heading, flags } of groups) {
    if (flags.length === 0) continue;
    lines.push(`${heading}:`, ...flags.flatMap(flagLines), "");
  }
  lines.push("Examples:");
  for (const [line, sentence] of examples)
    lines.push(
      `${INDENT}$ ${line}`,
      ...wrapped(sentence, WIDTH - 6).map((text) => `${INDENT}    ${text}`),
    );
  return `${lines.join("\n")}\n`;
}

/** The flag on a line of its own, what it does below it: names here are long. */
function flagLines({ name, short, value, sentence }: Flag): string[] {
  const names = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
  return [
    `${INDENT}${names}`,
    ...wrapped(sentence, WIDTH - 6).map((text) => `${INDENT}    ${text}`),
  ];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
