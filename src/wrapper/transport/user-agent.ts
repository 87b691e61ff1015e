import { version } from "../../generated/version.ts";
import { isBun, isDeno, mayRepeatPosts } from "../runtime.ts";
import { checkUserAgent } from "./check-user-agent.ts";

/**
 * What every request says of its sender: this package, the runtime, and what the user adds. Undefined in a browser,
 * which names itself.
 *
 * @throws {ConfigurationError} for an addition that can't stand in a header.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-user-agent
 */
export function userAgentOf(own: unknown): string | undefined {
  checkUserAgent(own);
  const runtime = runtimeName();
  if (runtime === undefined) return undefined;
  return [`juniper-fulfillment/${version}`, runtime, own].filter(Boolean).join(" ");
}

interface Versions {
  readonly process?: { readonly versions?: { readonly node?: string } };
  readonly Bun?: { readonly version?: string };
  readonly Deno?: { readonly version?: { readonly deno?: string } };
}

/** Undefined in a browser, and in what passes for one. */
function runtimeName(): string | undefined {
  const { process, Bun, Deno } = globalThis as Versions;
  if (mayRepeatPosts()) return undefined;
  if (isBun()) return `bun/${Bun?.version}`;
  if (isDeno()) return `deno/${Deno?.version?.deno}`;
  const node = process?.versions?.node;
  return node && !("WebSocketPair" in globalThis) ? `node/${node}` : "workerd";
}
