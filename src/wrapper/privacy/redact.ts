import { classOf } from "./sensitive.ts";

/** What the package's own options and the headers call their secrets. The document doesn't have them. */
const ownSecrets = new Set(["clientSecret", "accessToken", "authorization"]);

/**
 * Copies a value without what it says about a person: each field that the document holds for personal, contact or health
 * data, or for a secret, becomes the name of that class in brackets. It is for logs, and takes orders, protocols,
 * settings, webhook events, lists of them, and objects that hold them.
 *
 * Fields are known by their names, in your spelling and in the vendor's. What stands in a field that the document doesn't
 * know is copied as it is, and so is a string that is no field of an object.
 *
 * @param value What to copy. It is left as it is.
 * @returns The copy. It has the shape of the value, and strings in place of what was removed.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, redact, unwrap } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const { orders = [] } = unwrap(await client.GET("/orders"));
 * for (const order of orders) console.log(JSON.stringify(redact(order))); // "firstName":"[person]", …
 * ```
 */
export function redact(value: unknown): unknown {
  return copy(value, undefined, []);
}

function copy(value: unknown, parent: string | undefined, above: readonly object[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  const path = [...above, value];
  if (Array.isArray(value)) return value.map((item) => copy(item, parent, path));
  const prototype: unknown = Object.getPrototypeOf(value);
  // A date, an error or a map is copied by whoever logs it, and would be empty here.
  if (prototype !== Object.prototype && prototype !== null) return value;
  const object: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const sensitivity = ownSecrets.has(name) ? "secret" : classOf(name, parent);
    const hides = sensitivity !== undefined && field !== undefined && field !== null;
    // Defined, since `__proto__` is no field that can be assigned.
    const shown = hides ? `[${sensitivity}]` : copy(field, name, path);
    Object.defineProperty(object, name, {
      value: shown,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}
