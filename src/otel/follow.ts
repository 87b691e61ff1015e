import { builtinModule } from "../wrapper/builtin-module.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Told } from "./attributes.ts";

/** What is done when something that the package follows begins and when it has ended. */
export interface Follower {
  start?(told: Told): void;
  asyncEnd?(told: Told): void;
}

interface TracingChannel {
  subscribe(follower: Follower): void;
  unsubscribe(follower: Follower): void;
}

interface DiagnosticsChannel {
  tracingChannel?(name: string): TracingChannel;
}

/**
 * Follows the package's channels, by their names.
 *
 * @returns What ends it.
 * @throws {ConfigurationError} where the runtime has no such channels.
 */
export function follow(followers: Readonly<Record<string, Follower>>): () => void {
  const channels = builtinModule<DiagnosticsChannel>("node:diagnostics_channel");
  const ends = Object.entries(followers).map(([name, follower]) => {
    const channel = channels?.tracingChannel?.(`juniper-fulfillment:${name}`);
    if (channel === undefined) {
      throw new ConfigurationError(
        "This runtime has no tracing channels of node:diagnostics_channel, which traces and metrics are made from.",
      );
    }
    channel.subscribe(follower);
    return () => channel.unsubscribe(follower);
  });
  return () => {
    for (const end of ends) end();
  };
}
