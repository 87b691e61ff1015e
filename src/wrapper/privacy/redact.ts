import { classOf, normalized } from "./sensitive.ts";

/** What the package's own options and the headers call their secrets. The document doesn't have them. */
const ownSecrets = new Set(["clientsecret", "accesstoken", "authorization"]);

/**
 * Copies a value without personal data, for logs. Each field with personal, contact or health data, or with a secret,
 * is replaced by the name of that class in brackets, such as `[person]`. It takes orders, protocols, settings, webhook
 * events, lists of them, and objects that hold them.
 *
 * Fields are recognized by name, in your spelling, the vendor's, and that of environment variables. Some names are
 * sensitive only in some objects, such as `message` in a checkpoint: they are removed everywhere, except where they are
 * known to be harmless, such as in an `error`. Fields that the document doesn't know are copied unchanged, and so is a
 * string on its own.
 *
 * It never throws. A value that can't be read becomes `[unreadable]`, one more than 100 levels deep `[too deep]`.
 *
 * @param value The value to copy. It is not changed.
 * @returns The copy, of the same shape, with strings in place of what was removed. Maps, sets and dates keep their
 * types; errors, headers and class instances become plain objects, and an object with `toJSON` what that returns.
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

const maxDepth = 100;

function copy(value: unknown, parent: string | undefined, above: readonly object[]): unknown {
  // Its own fields are shown too, and `toJSON` would be called.
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  if (above.length === maxDepth) return "[too deep]";
  try {
    return copyObject(value, parent, [...above, value]);
  } catch {
    return "[unreadable]";
  }
}

function copyObject(value: object, parent: string | undefined, path: readonly object[]): unknown {
  if (ArrayBuffer.isView(value)) return "[bytes]";
  if (kindOf(value) === "Date") return new Date(Number(value));
  // What loggers show of it, which ask it as JSON.stringify does: once.
  const { toJSON } = value as { toJSON?: unknown };
  const shown: unknown = typeof toJSON === "function" ? toJSON.call(value, parent ?? "") : value;
  if (typeof shown !== "object" || shown === null) return copy(shown, parent, path);
  if (Array.isArray(shown)) return Array.from(shown, (item) => copy(item, parent, path));
  const kind = kindOf(shown);
  if (kind === "Set") return new Set([...(shown as Set<unknown>)].map((item) => copy(item, parent, path)));
  if (kind === "Map") {
    const entries = [...(shown as Map<unknown, unknown>)].map(([key, field]) => {
      const name = typeof key === "string" ? key : "";
      return [copy(key, parent, path), copyField(name, parent, field, path)] as const;
    });
    return new Map(entries);
  }
  if (kind === "Error" || shown instanceof Error) return copyFields(shown, "error", path, errorFields);
  const isList = kind === "Headers" || kind === "URLSearchParams" || kind === "FormData";
  return copyFields(isList ? Object.fromEntries(shown as Headers) : shown, parent, path);
}

/** By its tag, which objects of another realm have too. */
const kindOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

/** What an error says, none of which is an enumerable field. */
const errorFields = ["name", "message", "stack", "cause", "errors"];

function copyFields(
  value: object,
  parent: string | undefined,
  path: readonly object[],
  hidden: readonly string[] = [],
): object {
  const object: Record<string, unknown> = {};
  for (const name of [...hidden.filter((field) => field in value), ...Object.keys(value)]) {
    let shown: unknown = "[unreadable]";
    try {
      shown = copyField(name, parent, Reflect.get(value, name), path);
    } catch {
      // A getter that throws hides nothing but its own field.
    }
    // Defined, since `__proto__` is no field that can be assigned.
    Object.defineProperty(object, name, {
      value: shown,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

function copyField(
  name: string,
  parent: string | undefined,
  field: unknown,
  path: readonly object[],
): unknown {
  const sensitivity = sensitivityOf(name, parent);
  const hides = sensitivity !== undefined && field !== undefined && field !== null;
  return hides ? `[${sensitivity}]` : copy(field, name, path);
}

/** Where fields stand that say something about a person below any other name. */
const harmless = new Set([
  "products.packDescription",
  "product.packDescription",
  "error.message",
  "err.message",
  "cause.message",
]);

function sensitivityOf(name: string, parent: string | undefined): string | undefined {
  if (ownSecrets.has(normalized(name))) return "secret";
  return classOf(name, harmless.has(`${parent}.${name}`) ? parent : undefined);
}
