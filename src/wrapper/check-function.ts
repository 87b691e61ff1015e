import { ConfigurationError } from "./errors.ts";

/** @throws {ConfigurationError} for anything else than a function or nothing. */
export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new ConfigurationError(`${name} must be a function.`);
  }
}
