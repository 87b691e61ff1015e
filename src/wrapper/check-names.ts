import { ConfigurationError } from "./errors.ts";
import { suggestion } from "./suggestion.ts";

/** The name of every option. The compiler finds one that is missing, and one that there isn't. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** @throws {ConfigurationError} for an option that there isn't, such as one whose name is misspelt. */
export function checkNames<Options>(what: string, options: unknown, known: OptionNames<Options>): void {
  // What is no object has no options, which is for others to refuse.
  for (const name of typeof options === "object" ? Object.keys(options ?? {}) : []) {
    if (Object.hasOwn(known, name)) continue;
    const hint = suggestion(name, Object.keys(known));
    throw new ConfigurationError(`${what} has no option ${JSON.stringify(name)}.${hint}`);
  }
}
