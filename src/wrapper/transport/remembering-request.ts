const inits = new WeakMap<Request, RequestInit>();

/**
 * Makes the platform's `Request`, for middlewares of the user's, and remembers what it was made with: to read a string
 * back from the request's stream costs more than to send it.
 */
export class RememberingRequest {
  constructor(url: string, init: RequestInit) {
    const request = new globalThis.Request(url, init);
    inits.set(request, init);
    // biome-ignore lint/correctness/noConstructorReturn: openapi-fetch makes its requests with `new`.
    return request;
  }

  /** openapi-fetch asks whether a middleware has returned a request. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof globalThis.Request;
  }
}

/** What a request was made with. Undefined for one that a middleware has made. */
export function madeWith(request: Request): RequestInit | undefined {
  return inits.get(request);
}
