import { delegate } from "./delegate.ts";

/**
 * Stands in for a platform `Request` where openapi-fetch makes one. It keeps what it is given, and builds the real
 * one only when someone asks for more. Unlike the real one it can be sent any number of times.
 */
export class LightRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly #init: RequestInit;
  #real: Request | undefined;

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.method = init.method ?? "GET";
    this.headers = init.headers as Headers; // openapi-fetch passes the Headers that it has just made.
    this.#init = init;
  }

  /** The request's parts, for the transport. Undefined for an object that is no light request. */
  static partsOf(
    request: object,
  ): { readonly body: unknown; readonly signal: AbortSignal | undefined } | undefined {
    if (!(#init in request)) return undefined;
    return { body: request.#init.body ?? undefined, signal: request.#init.signal ?? undefined };
  }

  static {
    delegate(LightRequest, globalThis.Request, (request) => {
      const { headers, url } = request;
      request.#real ??= new globalThis.Request(url, { ...request.#init, headers });
      return request.#real;
    });
  }
}

/** A request to send should this one have to be sent again: a light one itself, a copy of one that has a body. */
export function repeatOf(request: Request): Request {
  if (LightRequest.partsOf(request) !== undefined || request.body === null) return request;
  return request.clone();
}
