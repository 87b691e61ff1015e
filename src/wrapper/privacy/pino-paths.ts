import { bodyPaths } from "../../generated/privacy.ts";
import { inBrackets } from "./pino-key.ts";

/** Where the options of a client hold secrets, which the document doesn't know. */
const optionPaths = ["clientSecret", "accessToken"];

/**
 * Lists the paths of personal data for pino's `redact` option, in orders, protocols, settings and webhook events, and of
 * the secrets in the options of a client. They match when one of these is logged as the object itself, or under one of
 * the keys. In a list within a list, such as the items of a page of orders, an object that holds such data is hidden as a
 * whole: `administration`, and not the doses in it.
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
  return [...new Set(paths.map(untilFollowed))];
}

/** What stands below the name after a second wildcard is hidden as a whole: pino before 9.12 follows no path any further. */
function untilFollowed(path: string): string {
  return path.replace(/^(.[^*]*\*[^*]*\*\]?(?:\.[^.[]+|\[[^\]]+\])).*$/, "$1");
}

/** A key in the syntax of pino's paths. One that is such a path already stays as it is. */
function asPath(key: string): string {
  const isPath = /^([a-z_$][\w$]*|\*|\[[^\]]+\])(\.([a-z_$][\w$]*|\*)|\[[^\]]+\])*$/i.test(key);
  return isPath || key === "" ? key : inBrackets(key);
}
