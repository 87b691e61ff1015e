import type { Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";

/** Carries requests on the runtime's own fetch: Bun, Deno, Workers and browsers. */
export function createTransport(): Transport {
  return createFetchTransport((url, init) => globalThis.fetch(url, init));
}
