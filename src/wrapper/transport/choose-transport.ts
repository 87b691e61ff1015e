import { createTransport } from "#transport";
import type { NodeOptions } from "../options.ts";
import type { Transport } from "./exchange.ts";
import { createFetchTransport } from "./fetch.ts";

/** The transport that the options ask for. */
export function chooseTransport({
  fetch,
  node,
}: {
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  readonly node?: NodeOptions | undefined;
}): Transport {
  return fetch === undefined ? createTransport(node) : createRequestTransport(fetch);
}

/** Carries requests on a fetch of the user's, which takes a `Request` as that of openapi-fetch does. */
export function createRequestTransport(fetch: (request: Request) => Promise<Response>): Transport {
  return createFetchTransport((url, init) => fetch(new Request(url, init)));
}
