// Help that fits 80 columns and is read from top to bottom.

import type { Command, Flag } from "./command.ts";

const WIDTH = 80;
const INDENT = "  ";

/** The help of `fanwire` alone. */
export function overview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    `fanwire ${version}: a hub for real-time software, from the shell.`,
    "",
    "Usage: fanwire <command> [flags]",
    "",
    ...commands.map(({ name, summary }) => `${INDENT}${name.padEnd(width)}${summary}`),
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

/** The help of one command. */
export function helpOf(command: Command): string {
  const { name, operands, description, groups, examples } = command;
  const lines = [`Usage: fanwire ${name} ${operands}`.trimEnd(), ""];
  for (const paragraph of description) lines.push(...wrapped(paragraph, WIDTH), "");
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
