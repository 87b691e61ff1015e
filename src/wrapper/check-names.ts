import { ConfigurationError } from "./errors.ts";
import { nearestWithin } from "./nearest.ts";

/** The name of every option. The compiler finds one that is missing, and one that there isn't. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * One slip or two make an option a misspelt one. Any other name is let pass, and so are short ones, of which many are alike:
 * they may be meant for somebody else, where options are handed around in one object.
 *
 * @throws {ConfigurationError} for a misspelt option.
 */
export function checkNames<Options>(what: string, options: unknown, known: OptionNames<Options>): void {
  // What is no object has no options, which is for others to refuse.
  for (const name of typeof options === "object" ? Object.keys(options ?? {}) : []) {
    if (Object.hasOwn(known, name)) continue;
    const slips = name.length < 5 ? 0 : name.length < 7 ? 1 : 2;
    const meant = nearestWithin(slips, name, Object.keys(known));
    if (meant === undefined) continue;
    throw new ConfigurationError(`${what} has no option ${JSON.stringify(name)}. Did you mean ${meant}?`);
  }
}
