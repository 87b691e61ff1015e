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
  const paths = ["", ...keys.map(asPath)].flatMap((key) =>
    bodyPaths.flatMap((path) => {
      // The order of a webhook event is logged without the event too.
      const places = path.startsWith("order.") ? [path, path.slice("order.".length)] : [path];
      return places.map((place) => (key === "" || place.startsWith("[") ? key + place : `${key}.${place}`));
    }),
  );
  return [...new Set(paths)];
}

/** A key in the syntax of pino's paths. One that is such a path already stays as it is. */
function asPath(key: string): string {
  const isPath = /^([a-z_$][\w$]*|\*|\[[^\]]+\])(\.([a-z_$][\w$]*|\*)|\[[^\]]+\])*$/i.test(key);
  // Within quotes pino knows no escapes.
  const quote = key.includes('"') ? "'" : '"';
  return isPath || key === "" ? key : `[${quote}${key}${quote}]`;
}
