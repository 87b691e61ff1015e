import { InvalidRequestError } from "./errors.ts";
import { rememberFew } from "./remember-few.ts";

/** A path of the document, taken apart: the texts before, between and after its parameters. */
export interface PathTemplate {
  readonly path: string;
  readonly texts: readonly string[];
  readonly names: readonly string[];
  /** Whether no URL parser changes its texts. */
  readonly isPlain: boolean;
}

/** A path with its parameters in it. */
export interface FilledPath {
  readonly path: string;
  /** Whether no URL parser changes it. */
  readonly isPlain: boolean;
}

/**
 * Takes a path apart. It is what errors, hooks and logs name a call by: a query in it would put what it asks for there.
 *
 * @throws {InvalidRequestError} for anything but a path without a query.
 */
export const templateOf: (path: string) => PathTemplate = /* @__PURE__ */ rememberFew((path) => {
  if (typeof path !== "string" || !/^\/[^?#]*$/.test(path)) {
    throw new InvalidRequestError(
      "The method and the path must be those of the document, with a query in params.query. Nothing was sent.",
    );
  }
  // Texts and names in turn.
  const parts = path.split(/\{([^}]*)\}/);
  const texts = parts.filter((_, index) => index % 2 === 0);
  const names = parts.filter((_, index) => index % 2 === 1);
  return { path, texts, names, isPlain: texts.every((text) => plainText.test(text)) };
});

/** Most texts are of these characters. Dots, and what is encoded, get a look. */
const plainText = /^[\w/-]*$/;

/**
 * Puts the parameters into a path.
 *
 * Percent-encoding alone is not enough: `.` and `..` survive it, and URL parsers then remove them together with
 * the segment before, so that the request reaches another endpoint (WHATWG URL, section 4.4, "path state"). An
 * empty one turns `/orders/{orderId}` into the list of orders.
 *
 * @throws {InvalidRequestError} for a parameter that is missing, or that can't be one segment of a path.
 */
export function fillPath(
  template: PathTemplate,
  parameters: Readonly<Record<string, unknown>> = {},
): FilledPath {
  const { names, texts } = template;
  let path = texts[0] ?? "";
  let { isPlain } = template;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? "";
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const isPlainValue = isPlainSegment(value);
    isPlain &&= isPlainValue;
    path += (isPlainValue ? value : segmentOf(template.path, name, value)) + (texts[index + 1] ?? "");
  }
  return { path, isPlain };
}

function segmentOf(template: string, name: string, value: unknown): string {
  const problem = problemOf(value);
  if (problem === undefined) return encodeURIComponent(String(value));
  throw new InvalidRequestError(`The path parameter ${name} of ${template} ${problem}. Nothing was sent.`, [
    { loc: ["path", name], type: value === undefined ? "missing" : "invalid" },
  ]);
}

/** Most identifiers are of characters which need neither a look nor an encoding. */
function isPlainSegment(value: unknown): value is string | number {
  return typeof value === "string" ? /^[\w-]+$/.test(value) : Number.isSafeInteger(value);
}

function problemOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return "is missing";
  if (typeof value === "number") return "is not a whole number";
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
