/** By this symbol `util.inspect`, and so `console.log`, asks an object how to show it. Consoles of browsers don't ask. */
const inspectKey = Symbol.for("nodejs.util.inspect.custom");

/**
 * Lets a result and all objects in it be shown as nothing but that they are there. Where a bundle for browsers runs under
 * another runtime, as in tests, that is more than has to be concealed, and needs no table of what says something about a
 * person.
 */
export function concealResult(result: object): void {
  const found: unknown[] = [result];
  // A list that grows, since a response may be nested deeper than calls can be.
  for (const value of found) {
    if (typeof value !== "object" || value === null) continue;
    found.push(...Object.values(value));
    // A response of the user's fetch may be frozen.
    Reflect.defineProperty(value, inspectKey, { value: () => "[concealed]", configurable: true });
  }
}
