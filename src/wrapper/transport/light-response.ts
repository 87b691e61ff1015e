import { delegate } from "./delegate.ts";

/**
 * Stand-ins for a platform `Response` and its `Headers`, for an answer that has arrived in full. They keep the bytes
 * as they came, and build the real ones only when someone asks for more than what every call asks for.
 */
export class LightHeaders {
  readonly #raw: readonly Buffer[];
  #real: Headers | undefined;

  /** Names and values in turn, as undici has parsed them. */
  constructor(raw: readonly Buffer[]) {
    LightHeaders.#delegate();
    this.#raw = raw;
  }

  get(name: string): string | null {
    if (this.#real !== undefined) return this.#real.get(name);
    const wanted = name.toLowerCase();
    let found: string | null = null;
    for (let index = 0; index + 1 < this.#raw.length; index += 2) {
      const key = this.#raw[index];
      if (
        key === undefined ||
        key.length !== wanted.length ||
        key.toString("latin1").toLowerCase() !== wanted
      )
        continue;
      const value = latin1(this.#raw[index + 1]);
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  static readonly #delegate: () => void = delegate(
    LightHeaders,
    () => globalThis.Headers,
    (headers) => {
      headers.#real ??= readHeaders(headers.#raw);
      return headers.#real;
    },
  );
}

interface LightResponseInit {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: readonly Buffer[];
  readonly url: string;
}

/** See {@link LightHeaders}. */
export class LightResponse {
  readonly #init: LightResponseInit;
  readonly #body: Buffer | null;
  #headers: LightHeaders | undefined;
  #real: Response | undefined;
  #isUsed = false;

  constructor(body: Buffer | null, init: LightResponseInit) {
    LightResponse.#delegate();
    this.#body = body;
    this.#init = init;
  }

  get status(): number {
    return this.#init.status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get url(): string {
    // The platform leaves out the fragment, which is never sent (WHATWG Fetch, section 5.5).
    return this.#init.url.split("#", 1)[0] ?? "";
  }

  get type(): ResponseType {
    return "basic";
  }

  get redirected(): boolean {
    return false;
  }

  get headers(): Headers {
    this.#headers ??= new LightHeaders(this.#init.rawHeaders);
    return this.#headers as unknown as Headers; // It has its prototype, and each of its members.
  }

  get bodyUsed(): boolean {
    return this.#real?.bodyUsed ?? this.#isUsed;
  }

  async text(): Promise<string> {
    if (this.#real !== undefined) return this.#real.text();
    if (this.#body === null) return "";
    if (this.#isUsed) throw new TypeError("Body is unusable: Body has already been read");
    this.#isUsed = true;
    const text = this.#body.toString("utf8");
    // A byte order mark is no part of the text (WHATWG Encoding, "UTF-8 decode").
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  static readonly #delegate: () => void = delegate(
    LightResponse,
    () => globalThis.Response,
    (response) => {
      response.#real ??= response.#toReal();
      return response.#real;
    },
  );

  #toReal(): Response {
    const { status, statusText, rawHeaders } = this.#init;
    const body = this.#body === null ? null : new Uint8Array(this.#body);
    const real = new globalThis.Response(body, { status, statusText, headers: readHeaders(rawHeaders) });
    // A body that was read by the light one is used up in the real one too.
    if (this.#isUsed) real.arrayBuffer().catch(() => {});
    return real;
  }
}

/** The platform's headers, from names and values in turn. */
export function readHeaders(raw: readonly Buffer[]): Headers {
  const headers = new globalThis.Headers();
  for (let index = 0; index + 1 < raw.length; index += 2)
    headers.append(latin1(raw[index]), latin1(raw[index + 1]));
  return headers;
}

/** RFC 9110, section 5.5: octets outside ASCII are opaque, and fetch reads them as Latin-1. */
function latin1(bytes: Buffer | undefined): string {
  return bytes === undefined ? "" : bytes.toString("latin1");
}
