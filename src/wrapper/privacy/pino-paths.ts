import { bodyPaths } from "../../generated/privacy.ts";
import { inBrackets } from "./pino-key.ts";

/** Where the options of a client hold secrets, which the document doesn't know. */
const optionPaths = ["clientSecret", "accessToken"];

/**
 * Lists the paths of personal data for pino's `redact` option, in orders, protocols, settings and webhook events, and of
 * the secrets in the options of a client. They match when one of these is logged as the object itself, or under one of
 * the keys.
 *
 * @param keys The keys under which you log them, such as `order` for `logger.info({ order })`.
 * @returns The paths to pass to pino as `redact`.
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
    [...bodyPaths, ...optionPaths].flatMap((path) => {
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
  return isPath || key === "" ? key : inBrackets(key);
}
