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

/**
 * Carries requests on a fetch of the user's, which takes a `Request` as that of openapi-fetch does. It may try again by
 * itself, or talk to others after it has sent, before it rejects. So none of its errors proves that nothing was sent, unless it
 * is the runtime's own.
 */
export function createRequestTransport(fetch: (request: Request) => Promise<Response>): Transport {
  const send = (url: string, init: RequestInit): Promise<Response> => fetch(new Request(url, init));
  return fetch === globalThis.fetch ? createFetchTransport(send) : createFetchTransport(send, () => false);
}
