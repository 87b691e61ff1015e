import { ConfigurationError } from "./errors.ts";

/** The transport for browsers refuses them, whatever they are. */
export function checkNodeOptions(node: unknown): void {
  if (node === undefined || (typeof node === "object" && node !== null)) return;
  throw new ConfigurationError("node must be an object of options.");
}
