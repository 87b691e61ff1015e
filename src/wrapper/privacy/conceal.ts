import { classOf } from "./sensitive.ts";

/** By this symbol `util.inspect`, and so `console.log`, asks an object how to show it. Bun asks by the same. */
const inspectKey = Symbol.for("nodejs.util.inspect.custom");

/** Lets a body be shown as nothing but that it is there: what the API says of an error may quote anything that it was sent. */
export function concealError(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  Object.defineProperty(body, inspectKey, { value: () => "[concealed]", configurable: true });
}

/**
 * Lets all objects of a response be shown without what they say about a person. They stay what they are: the way to show
 * them is no enumerable property, so JSON, copies and comparisons don't see it.
 */
export function conceal(data: unknown, parent?: string): void {
  if (typeof data !== "object" || data === null) return;
  if (Array.isArray(data)) {
    for (const item of data) conceal(item, parent);
    return;
  }
  const fields = Object.entries(data);
  const hidden = fields.filter(([name]) => classOf(name, parent) !== undefined);
  for (const [name, field] of fields) conceal(field, name);
  if (hidden.length === 0) return;
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
