import { classOf } from "./sensitive.ts";

/** By this symbol `util.inspect`, and so `console.log`, asks an object how to show it. Bun asks by the same. */
const inspectKey = Symbol.for("nodejs.util.inspect.custom");

const concealed = "[concealed]";

interface ShownResult {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Lets a result be shown without what it says about a person. Of an error, and of bytes, no more is shown than that they
 * are there: what the API says of an error may quote anything that it was sent. So may the headers of a response, and its
 * URL may hold a name that was searched for. Text can't say how it is shown, so the result does.
 */
export function concealResult(result: ShownResult): void {
  const { data, error, response } = result;
  conceal(data);
  const { status, statusText } = response;
  showAs(response, () => ({ status, statusText, headers: concealed, url: concealed }));
  for (const [name, body] of Object.entries({ data, error })) {
    if (typeof body === "string") showAs(result, () => ({ ...result, [name]: concealed }));
    else if (body instanceof Object && (name === "error" || body instanceof ArrayBuffer))
      showAs(body, () => concealed);
  }
}

function showAs(object: object, value: () => unknown): void {
  // A response of the user's fetch may be frozen.
  Reflect.defineProperty(object, inspectKey, { value, configurable: true });
}

/**
 * Lets all objects of a response be shown without what they say about a person. They stay what they are: the way to show
 * them is no enumerable property, so JSON, copies and comparisons don't see it.
 */
function conceal(data: unknown): void {
  const found: [value: unknown, parent: string | undefined][] = [[data, undefined]];
  // A list that grows, since a response may be nested deeper than calls can be.
  for (const [value, parent] of found) {
    if (Array.isArray(value)) for (const item of value) found.push([item, parent]);
    else if (typeof value === "object" && value !== null) {
      const fields = Object.entries(value);
      for (const [name, field] of fields) found.push([field, name]);
      if (fields.some(([name]) => classOf(name, parent) !== undefined)) concealObject(value, parent);
    }
  }
}

function concealObject(data: object, parent: string | undefined): void {
  Object.defineProperty(data, inspectKey, {
    value(
      this: object,
      _depth: number,
      options: object,
      inspect?: (value: unknown, options: object) => string,
    ) {
      const shown: Record<string, unknown> = { ...this };
      for (const name of Object.keys(shown)) {
        const sensitivity = classOf(name, parent);
        if (sensitivity !== undefined) shown[name] = `[${sensitivity}]`;
      }
      return inspect === undefined ? shown : inspect(shown, options);
    },
    configurable: true,
  });
}
