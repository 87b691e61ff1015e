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

/** Whether a part of one is what this package writes as names. */
export function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
