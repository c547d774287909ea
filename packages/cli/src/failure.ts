/** Exit codes of the command. */
export const exit = {
  ok: 0,
  /** The hub refused, or something failed. */
  failed: 1,
  /** The command was not understood. */
  usage: 2,
  /** There is no hub, or the way to it failed. */
  unreachable: 3,
  /** What must survive could not be written: look at the disk (EX_IOERR of sysexits.h). */
  storeFailed: 74,
  /** Another hub has the directory (EX_TEMPFAIL of sysexits.h). */
  locked: 75,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;

/** What ends the command: a sentence that says what happened, one that says what to do, and the exit code. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly exitCode: number;
  readonly nextStep: string | undefined;

  constructor(exitCode: number, sentence: string, nextStep?: string) {
    super(sentence);
    this.exitCode = exitCode;
    this.nextStep = nextStep;
  }
}

/** The command line is not right. `command`: whose help to look at. */
export function usage(sentence: string, command?: string): Failure {
  const help = command === undefined ? "fanwire --help" : `fanwire ${command} --help`;
  return new Failure(exit.usage, sentence, `${help} shows how it goes.`);
}
