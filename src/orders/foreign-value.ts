import { ConfigurationError } from "../wrapper/errors.ts";

/** The ledger holds something under one of our keys that this package has not written. */
export class ForeignValue extends ConfigurationError {
  constructor(key: string) {
    super(`The ledger holds something else under ${key}. Give it keys of its own.`);
  }
}

/** Reads a value, and blames its key when that fails. */
export function readValue<Value>(key: string, text: string, read: (text: string) => Value): Value {
  try {
    return read(text);
  } catch {
    throw new ForeignValue(key);
  }
}
