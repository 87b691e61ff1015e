import { ConfigurationError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** The name of every option. The compiler finds one that is missing, and one that there isn't. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * What is like no option is let pass: it may be meant for somebody else, where options are handed around in one object.
 *
 * @throws {ConfigurationError} for a misspelt option.
 */
export function checkNames<Options>(what: string, options: unknown, known: OptionNames<Options>): void {
  // What is no object has no options, which is for others to refuse.
  for (const name of typeof options === "object" ? Object.keys(options ?? {}) : []) {
    if (Object.hasOwn(known, name)) continue;
    const meant = nearest(name, Object.keys(known));
    if (meant === undefined) continue;
    throw new ConfigurationError(`${what} has no option ${JSON.stringify(name)}. Did you mean ${meant}?`);
  }
}
