export type Colour = "green" | "yellow" | "red" | "dim" | "bold";

/** Where a command reads and writes, so that a test can give it other ends. */
export interface Terminal {
  /** Writes a line of results. */
  print(line: string): void;
  /** Writes a line that is not a result: progress, hints, errors. */
  note(line: string): void;
  /** Shows how far long work has come. On a terminal the next line takes its place. */
  progress(line: string): void;
  /** The text in a colour, where `print` writes to a terminal. */
  paint(colour: Colour, text: string): string;
  /** Asks for a line. Undefined where nobody is there to type it. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl+C, by a polite `kill`, and when the terminal is closed. */
  readonly signal: AbortSignal;
}

/** One subcommand. */
export interface Command {
  /** What `--help` prints. */
  readonly usage: string;
  /**
   * Runs the command and resolves with its exit code.
   *
   * @throws {UsageError} for words that make no sense.
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The exit codes of every command. */
export const exitCodes = {
  ok: 0,
  /** The command ran, and something that it looked at is not as it should be. */
  failed: 1,
  /** The words on the command line make no sense, or something that it needs is missing. Nothing was done. */
  usage: 2,
  /** It is not known whether some orders exist. */
  unknown: 3,
} as const;

/** Words on the command line that make no sense. The usage is printed after the message. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something outside that the command needs and that fails. The message is printed, and is to hold no address. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
