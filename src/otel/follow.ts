import { builtinModule } from "../wrapper/builtin-module.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { notify } from "../wrapper/hooks.ts";
import type { Told } from "./attributes.ts";

/** What is done when something that the package follows begins and when it has ended. */
export interface Follower {
  start?: ((told: Told) => void) | undefined;
  asyncEnd?: ((told: Told) => void) | undefined;
}

interface TracingChannel {
  subscribe(follower: Follower): void;
  unsubscribe(follower: Follower): void;
}

interface DiagnosticsChannel {
  tracingChannel?(name: string): TracingChannel;
}

/**
 * Follows the package's channels, by their names. What a tracer or a meter throws becomes a warning of the process, the
 * first time; the channels would throw it where nobody can catch it, and so end the process.
 *
 * @returns What ends it.
 * @throws {ConfigurationError} where the runtime has no such channels.
 */
export function follow(followers: Readonly<Record<string, Follower>>): () => void {
  const channels = builtinModule<DiagnosticsChannel>("node:diagnostics_channel");
  let hasWarned = false;
  const guard = (step: Follower["start"]): Follower["start"] =>
    step &&
    ((told) => {
      try {
        step(told);
      } catch (error) {
        if (hasWarned) return;
        hasWarned = true;
        notify(() => {
          throw error;
        });
      }
    });
  const ends = Object.entries(followers).map(([name, follower]) => {
    const channel = channels?.tracingChannel?.(`juniper-fulfillment:${name}`);
    if (channel === undefined) {
      throw new ConfigurationError(
        "This runtime has no tracing channels of node:diagnostics_channel, which traces and metrics are made from.",
      );
    }
    const safe: Follower = { start: guard(follower.start), asyncEnd: guard(follower.asyncEnd) };
    channel.subscribe(safe);
    return () => channel.unsubscribe(safe);
  });
  return () => {
    for (const end of ends) end();
  };
}
