import { delegate } from "./delegate.ts";

/**
 * Stand-ins for a platform `Request` and its `Headers`, where openapi-fetch makes them. They keep what they are
 * given, and build the real ones only when someone asks for more. Unlike a real request, a light one can be sent any
 * number of times.
 */
export class LightRequestHeaders {
  /** Lower-case names and values in turn. */
  readonly #list: string[];
  #real: Headers | undefined = undefined;

  constructor(list: string[]) {
    LightRequestHeaders.#delegate();
    this.#list = list;
  }

  get(name: string): string | null {
    if (this.#real !== undefined) return this.#real.get(name);
    const index = this.#indexOf(name);
    return index === -1 ? null : (this.#list[index + 1] ?? null);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    const index = this.#indexOf(name);
    if (this.#real !== undefined) this.#real.set(name, value);
    else if (index === -1) this.#list.push(name.toLowerCase(), value);
    else this.#list[index + 1] = value;
  }

  #indexOf(name: string): number {
    const wanted = name.toLowerCase();
    for (let index = 0; index < this.#list.length; index += 2) if (this.#list[index] === wanted) return index;
    return -1;
  }

  /** A copy of the list. Undefined for other headers, and for light ones that someone has asked more of. */
  static listOf(headers: object): string[] | undefined {
    return #list in headers && headers.#real === undefined ? headers.#list.slice() : undefined;
  }

  static readonly #delegate: () => void = delegate(
    LightRequestHeaders,
    () => globalThis.Headers,
    (headers) => {
      headers.#real ??= new globalThis.Headers(pairs(headers.#list));
      return headers.#real;
    },
  );
}

function pairs(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, list[index + 1] ?? ""]] : [],
  );
}

/** What {@link LightRequest} is made from: what openapi-fetch passes, and what the client adds to it. */
interface LightRequestInit extends RequestInit {
  /** Whether the caller set no headers, so that those of openapi-fetch are known without looking. */
  readonly hasPlainHeaders?: boolean;
}

/** See {@link LightRequestHeaders}. */
export class LightRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly hasPlainHeaders: boolean;
  readonly #init: RequestInit;
  #real: Request | undefined = undefined;
  #token: string | undefined = undefined;

  constructor(url: string, init: LightRequestInit) {
    LightRequest.#delegate();
    this.url = url;
    this.method = init.method ?? "GET";
    this.hasPlainHeaders = init.hasPlainHeaders === true;
    this.headers = this.hasPlainHeaders ? plainHeaders(init.body) : (init.headers as Headers); // It passes Headers.
    this.#init = init;
  }

  /** The request's parts, for the transport. Undefined for an object that is no light request. */
  static partsOf(
    request: object,
  ): { readonly body: unknown; readonly signal: AbortSignal | undefined } | undefined {
    if (!(#init in request)) return undefined;
    return { body: request.#init.body ?? undefined, signal: request.#init.signal ?? undefined };
  }

  /** Notes the token that the request is sent with. False for an object that is no light request. */
  static noteToken(request: object, token: string): boolean {
    if (!(#token in request)) return false;
    request.#token = token;
    return true;
  }

  static notedToken(request: object): string | undefined {
    return #token in request ? request.#token : undefined;
  }

  static readonly #delegate: () => void = delegate(
    LightRequest,
    () => globalThis.Request,
    (request) => {
      const { headers, url } = request;
      request.#real ??= new globalThis.Request(url, { ...request.#init, headers: [...headers] });
      return request.#real;
    },
  );
}

/** What openapi-fetch sets by itself. A form brings its own content type, with the boundary. */
function plainHeaders(body: unknown): Headers {
  const list =
    body === undefined || body === null || body instanceof FormData
      ? []
      : ["content-type", "application/json"];
  return new LightRequestHeaders(list) as unknown as Headers; // It has its prototype, and each of its members.
}
