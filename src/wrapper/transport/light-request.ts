import { createHeaders } from "#transport";
import { normaliseUrl } from "../request-url.ts";
import type { OutgoingRequest } from "./exchange.ts";

/** The call that a {@link LightRequest} belongs to, which sends it. */
export interface LightCall {
  /** Whether the caller set no headers, so that those of openapi-fetch are known without reading them. */
  readonly hasPlainHeaders: boolean;
  /** Whether no URL parser changes the URL. */
  readonly hasPlainUrl: boolean;
  /** The body, where the client has written it: openapi-fetch would make two `Headers` on the way. */
  readonly writtenBody: BodyInit | undefined;
  readonly signal: AbortSignal | undefined;
  /** What else the caller set for the runtime's fetch. */
  readonly fetchInit: RequestInit;
  fetch(request: LightRequest): Promise<Response>;
}

interface LightRequestInit extends RequestInit {
  /** openapi-fetch hands whatever it doesn't know to the constructor of the request. That is how this gets here. */
  readonly call: LightCall;
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
  readonly init: RequestInit;
  readonly call: LightCall;

  constructor(url: string, { method = "GET", body, headers, call }: LightRequestInit) {
    this.url = call.hasPlainUrl ? url : normaliseUrl(url);
    this.method = method;
    this.body = body ?? call.writtenBody;
    this.signal = call.signal;
    this.init = call.fetchInit;
    this.call = call;
    // openapi-fetch always passes Headers.
    this.headers = call.hasPlainHeaders ? plainHeaders(this.body) : (headers as Headers);
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
