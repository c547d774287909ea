/**
 * Where the hub says what a person who runs it should know. A sentence, and fields beside it. What comes from clients stands in
 * fields or quoted; tokens and secrets never do.
 */
export interface Logger {
  info(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
  error(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
}
