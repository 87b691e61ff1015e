import { ConfigurationError } from "../wrapper/errors.ts";

/**
 * Reads a value.
 *
 * @throws {ConfigurationError} when it is none that this package has written.
 */
export function readValue<Value>(key: string, text: string, read: (text: string) => Value): Value {
  try {
    return read(text);
  } catch {
    throw new ConfigurationError(`The ledger holds something else under ${key}. Give it keys of its own.`);
  }
}
