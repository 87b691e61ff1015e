import { createHeaders } from "#transport";
import { normaliseUrl } from "../request-url.ts";
import type { OutgoingRequest } from "./exchange.ts";

/** What a {@link LightRequest} is made from: what openapi-fetch passes, and what the client adds to that. */
interface LightRequestInit extends RequestInit {
  /** Whether the caller set no headers, so that those of openapi-fetch are known without reading them. */
  readonly hasPlainHeaders?: boolean;
  /** What else the caller set for the runtime's fetch. */
  readonly init?: RequestInit;
}

/**
 * Takes the place of the platform's `Request` where openapi-fetch makes one and nobody but the client will see it.
 * It keeps the parts as they are, ready for the transport, and can be sent any number of times.
 */
export class LightRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | undefined;
  readonly signal: AbortSignal | undefined;
  readonly init: RequestInit | undefined;
  readonly hasPlainHeaders: boolean;

  constructor(url: string, init: LightRequestInit) {
    this.url = normaliseUrl(url);
    this.method = init.method ?? "GET";
    this.body = init.body ?? undefined;
    this.signal = init.signal ?? undefined;
    this.init = init.init;
    this.hasPlainHeaders = init.hasPlainHeaders === true;
    // openapi-fetch always passes Headers.
    this.headers = this.hasPlainHeaders ? plainHeaders(this.body) : (init.headers as Headers);
  }

  /** Whether it can be sent as it is. A form, a Blob or a stream has to be encoded first. */
  isReady(): this is OutgoingRequest {
    return this.body === undefined || typeof this.body === "string";
  }

  /** The platform's request, which encodes the body and says in its headers how. */
  toRequest(): Request {
    const { url, method, body, signal, headers } = this;
    const init = { ...this.init, method, headers: [...headers], ...(signal && { signal }) };
    return new Request(url, body === undefined ? init : { ...init, body });
  }
}

/** What openapi-fetch sets by itself. A form brings its own content type, with the boundary. */
function plainHeaders(body: BodyInit | undefined): Headers {
  return createHeaders(body === undefined || body instanceof FormData ? undefined : "application/json");
}
