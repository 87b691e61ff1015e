import { bodyPaths } from "../../generated/privacy.ts";

/**
 * The paths at which pino's `redact` option finds what says something about a person, wherever an order, a protocol, the
 * settings or a webhook event is logged: as the object itself, or below one of the keys.
 *
 * @param keys The names below which you log them, such as `order` for `logger.info({ order })`.
 * @returns What to give pino as `redact`.
 * @example
 * ```ts
 * import { pinoPaths } from "juniper-fulfillment";
 *
 * const options = { redact: [...pinoPaths("order", "event")] }; // pino(options)
 * console.log(options.redact.includes("order.customer.firstName")); // true
 * ```
 */
export function pinoPaths(...keys: readonly string[]): readonly string[] {
  return ["", ...keys].flatMap((key) =>
    bodyPaths.map((path) => (key === "" || path.startsWith("[") ? key + path : `${key}.${path}`)),
  );
}
