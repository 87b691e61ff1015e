import { checkUserAgent } from "./check-user-agent.ts";

/**
 * Nothing: a browser names itself. An addition is checked all the same, so that a fault is found before a server runs it.
 *
 * @throws {ConfigurationError} for an addition that can't stand in a header.
 */
export function userAgentOf(own: unknown): undefined {
  checkUserAgent(own);
}
