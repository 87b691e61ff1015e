import { delegate } from "./delegate.ts";
import { LightHeaders, readHeaders } from "./light-headers.ts";
import { withProvenance } from "./provenance.ts";

interface LightResponseInit {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: (string | Buffer)[];
  readonly url: string;
}

/**
 * A stand-in for the platform's `Response`, for one that has arrived in full. It keeps the bytes as they came, and
 * builds the real one only when someone asks for more than what every call asks for.
 */
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

  /** The platform's own would forget the URL and the type. */
  clone(): Response {
    if (this.#real === undefined && !this.#isUsed) {
      const rawHeaders = LightHeaders.listOf(this.headers);
      return new LightResponse(this.#body, { ...this.#init, rawHeaders }) as unknown as Response; // As in createResponse.
    }
    this.#real ??= this.#toReal();
    return withProvenance(this.#real.clone(), this);
  }

  async text(): Promise<string> {
    return this.#real === undefined ? this.#text() : await this.#real.text();
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#real === undefined ? this.#text() : await this.#real.text());
  }

  #text(): string {
    if (this.#body === null) return "";
    if (this.#isUsed) throw new TypeError("Body is unusable: Body has already been read");
    this.#isUsed = true;
    const text = this.#body.toString("utf8");
    // A byte order mark is no part of the text (WHATWG Encoding, "UTF-8 decode").
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
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
    const headers = this.#headers === undefined ? readHeaders(rawHeaders) : new Headers(this.headers);
    const real = new globalThis.Response(body, { status, statusText, headers });
    // A body that was read by the light one is used up in the real one too.
    if (this.#isUsed) real.arrayBuffer().catch(() => {});
    return real;
  }
}
