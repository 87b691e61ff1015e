import { checkNames, type OptionNames } from "./check-names.ts";
import { checkWhole } from "./check-whole.ts";
import { ConfigurationError } from "./errors.ts";
import { maxTimerMs } from "./max-timer.ts";
import type { NodeOptions } from "./options.ts";

const names: OptionNames<NodeOptions> = {
  connections: true,
  keepAliveTimeoutMs: true,
  http2: true,
  proxyFromEnvironment: true,
  tls: true,
  dispatcher: true,
};

/** @throws {ConfigurationError} for options of the node transport that it can't work with. */
export function checkNodeOptions(node: unknown): void {
  if (node === undefined) return;
  if (typeof node !== "object" || node === null)
    throw new ConfigurationError("node must be an object of options.");
  checkNames("node", node, names);
  const { connections, keepAliveTimeoutMs, http2, proxyFromEnvironment, tls, dispatcher } =
    node as NodeOptions;
  for (const [name, value] of Object.entries({ http2, proxyFromEnvironment })) {
    if (value !== undefined && typeof value !== "boolean") {
      throw new ConfigurationError(`node.${name} must be true or false.`);
    }
  }
  if (tls !== undefined && (typeof tls !== "object" || tls === null)) {
    throw new ConfigurationError("node.tls must be an object of options of tls.connect.");
  }
  if (connections !== undefined) checkWhole("node.connections", connections, 1, 100_000);
  if (keepAliveTimeoutMs !== undefined)
    checkWhole("node.keepAliveTimeoutMs", keepAliveTimeoutMs, 1, maxTimerMs);
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function") {
    throw new ConfigurationError("node.dispatcher must be a dispatcher of undici.");
  }
}
