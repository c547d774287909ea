// Errors in words: what happened, and what to do about it. An entry of its own, so that a page need not carry the texts.

export { explain, type Explanation } from "./explain.ts";
