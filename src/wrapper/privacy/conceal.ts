import { classOf } from "./sensitive.ts";

/** By this symbol `util.inspect`, and so `console.log`, asks an object how to show it. Bun asks by the same. */
const inspectKey = Symbol.for("nodejs.util.inspect.custom");

/**
 * Lets a result be shown without what it says about a person. Text has nothing to say how it is shown, so the result
 * says it.
 */
export function concealResult(result: { readonly data?: unknown; readonly error?: unknown }): void {
  const { data, error } = result;
  conceal(data);
  concealWhole(error);
  if (data instanceof ArrayBuffer) concealWhole(data);
  if (typeof data === "string" || typeof error === "string")
    concealFields(result, (_name, field) => (typeof field === "string" ? "concealed" : undefined));
}

/** Lets a body be shown as nothing but that it is there: what the API says of an error may quote anything that it was sent. */
function concealWhole(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  Object.defineProperty(body, inspectKey, { value: () => "[concealed]", configurable: true });
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
      const isSensitive = (name: string): string | undefined => classOf(name, parent);
      if (fields.some(([name]) => isSensitive(name) !== undefined)) concealFields(value, isSensitive);
    }
  }
}

/** Lets an object be shown with a word in place of each field that has one. */
function concealFields(data: object, wordFor: (name: string, field: unknown) => string | undefined): void {
  Object.defineProperty(data, inspectKey, {
    value(
      this: object,
      _depth: number,
      options: object,
      inspect?: (value: unknown, options: object) => string,
    ) {
      const shown: Record<string, unknown> = { ...this };
      for (const [name, field] of Object.entries(shown)) {
        const word = wordFor(name, field);
        if (word !== undefined) shown[name] = `[${word}]`;
      }
      return inspect === undefined ? shown : inspect(shown, options);
    },
    configurable: true,
  });
}
