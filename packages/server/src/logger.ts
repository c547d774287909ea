import type { Logger } from "./ports/logger.ts";

/** Warnings and errors to the console; what is only informative is left out. */
export const consoleLogger: Logger = {
  info() {},
  warn(sentence, fields) {
    console.warn(`fanwire: ${sentence}`, ...(fields === undefined ? [] : [fields]));
  },
  error(sentence, fields) {
    console.error(`fanwire: ${sentence}`, ...(fields === undefined ? [] : [fields]));
  },
};
