import type { NodeOptions } from "../options.ts";
import type { Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";

/** Carries requests on the runtime's own fetch: Bun, Deno, Workers and browsers. It has no options. */
export function createTransport(_options?: NodeOptions): Transport {
  return createFetchTransport((url, init) => globalThis.fetch(url, init));
}
