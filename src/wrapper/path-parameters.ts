import { InvalidRequestError } from "./errors.ts";

/**
 * Puts the parameters into a templated path.
 *
 * Percent-encoding alone is not enough: `.` and `..` survive it, and URL parsers then remove them together with
 * the segment before, so that the request reaches another endpoint (WHATWG URL, section 4.4, "path state"). An
 * empty one turns `/orders/{orderId}` into the list of orders.
 *
 * @throws {InvalidRequestError} for a parameter that is missing, or that can't be one segment of a path.
 */
export function fillPath(template: string, parameters: Readonly<Record<string, unknown>> = {}): string {
  let filled = "";
  let end = 0;
  for (let start = template.indexOf("{"); start !== -1; start = template.indexOf("{", end)) {
    const close = template.indexOf("}", start);
    if (close === -1) break;
    const name = template.slice(start + 1, close);
    filled += template.slice(end, start) + segmentOf(template, name, parameters);
    end = close + 1;
  }
  return end === 0 ? template : filled + template.slice(end);
}

function segmentOf(template: string, name: string, parameters: Readonly<Record<string, unknown>>): string {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (typeof value === "string" && plainSegment.test(value)) return value;
  const problem = problemOf(value);
  if (problem === undefined) return encodeURIComponent(String(value));
  throw new InvalidRequestError(`The path parameter ${name} of ${template} ${problem}. Nothing was sent.`, [
    { loc: ["path", name], type: value === undefined ? "missing" : "invalid" },
  ]);
}

/** Most identifiers are of these characters, which need neither a look nor an encoding. */
const plainSegment = /^[\w-]+$/;

function problemOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return "is missing";
  if (typeof value === "number") return Number.isSafeInteger(value) ? undefined : "is not a whole number";
  if (typeof value !== "string") return "must be a string or a number";
  if (value === "") return "is empty";
  if (value === "." || value === "..")
    return "is a relative path segment, which would reach another endpoint";
  // An encoded slash is decoded again by many a proxy on the way.
  if (/[/\\]/.test(value)) return "holds a slash, which could reach another endpoint";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(value)) return "holds a control character";
  if (/[\ud800-\udfff]/u.test(value)) return "holds half of a surrogate pair";
  return undefined;
}

/**
 * A path is what errors, hooks and logs name a call by. A query in it would put what it asks for there.
 *
 * @throws {InvalidRequestError} for anything but a path without a query.
 */
export function checkTemplate(path: unknown): void {
  if (typeof path === "string" && /^\/[^?#]*$/.test(path)) return;
  throw new InvalidRequestError(
    "The path must be one of the document, with its query in params.query. Nothing was sent.",
  );
}
