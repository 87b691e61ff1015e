import { rememberFew } from "../remember-few.ts";
import { delegate } from "./delegate.ts";

/**
 * A stand-in for the platform's `Headers`, of a request or a response. It keeps what it is given, and builds the real
 * ones only when someone asks for more than `get`, `has` and `set`.
 */
export class LightHeaders {
  /** Names and values in turn: lower-case strings of a request, or bytes as undici has parsed them. */
  readonly #list: (string | Buffer)[];
  #real: Headers | undefined = undefined;

  constructor(list: (string | Buffer)[]) {
    LightHeaders.#delegate();
    this.#list = list;
  }

  get(name: string): string | null {
    const wanted = lowerCase(name);
    // The platform throws for what can't be a name.
    if (this.#real !== undefined || wanted === undefined) return this.#toReal().get(name);
    let found: string | null = null;
    for (let index = 0; index + 1 < this.#list.length; index += 2) {
      if (!isName(this.#list[index], wanted)) continue;
      const value = latin1(this.#list[index + 1]);
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    const wanted = lowerCase(name);
    if (this.#real !== undefined || wanted === undefined || !plainValue.test(value)) {
      this.#toReal().set(name, value);
      return;
    }
    for (let index = this.#list.length - 2; index >= 0; index -= 2) {
      if (isName(this.#list[index], wanted)) this.#list.splice(index, 2);
    }
    this.#list.push(wanted, String(value));
  }

  /** The platform's own would hand the callback the real headers, which nobody else knows. */
  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    const walked = this as unknown as Headers; // As in LightResponse.
    const isCallable = typeof callback === "function";
    this.#toReal().forEach(
      isCallable ? (value, name) => callback.call(thisArg, value, name, walked) : callback,
    );
  }

  /** The names and values of any headers in turn, as strings: a list of the caller's own. */
  static listOf(headers: Headers): string[] {
    const isLight = #list in headers && headers.#real === undefined;
    return isLight ? headers.#list.map(latin1) : [...headers].flat();
  }

  static readonly #delegate: () => void = delegate(
    LightHeaders,
    () => globalThis.Headers,
    (headers) => headers.#toReal(),
  );

  #toReal(): Headers {
    this.#real ??= readHeaders(this.#list);
    return this.#real;
  }
}

/** A name in lower case. Undefined for what can't be one (RFC 9110, section 5.6.2). */
const lowerCase = /* @__PURE__ */ rememberFew((name) =>
  /^[\w!#$%&'*+\-.^`|~]+$/.test(name) ? String(name).toLowerCase() : undefined,
);

/** What needs neither a look nor a change (RFC 9110, section 5.5). */
const plainValue = /^[\u0021-\u007e](?:[\u0020-\u007e]*[\u0021-\u007e])?$/;

/** The platform's headers, from names and values in turn. */
export function readHeaders(list: readonly (string | Buffer)[]): Headers {
  const headers = new globalThis.Headers();
  for (let index = 0; index + 1 < list.length; index += 2) {
    headers.append(latin1(list[index]), latin1(list[index + 1]));
  }
  return headers;
}

function isName(name: string | Buffer | undefined, wanted: string): boolean {
  if (name === undefined || typeof name === "string") return name === wanted;
  return name.length === wanted.length && name.toString("latin1").toLowerCase() === wanted;
}

/** RFC 9110, section 5.5: octets outside ASCII are opaque, and fetch reads them as Latin-1. */
function latin1(value: string | Buffer | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : value.toString("latin1");
}
