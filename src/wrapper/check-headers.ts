import { InvalidRequestError } from "./errors.ts";

/**
 * Checks the values of headers. The platform would reject them too, but with the value in its message.
 *
 * @throws {InvalidRequestError} that names the header.
 */
export function checkHeaders(...sources: (HeadersInit | object | undefined)[]): void {
  for (const source of sources) {
    if (source === undefined || source === null) continue;
    const entries =
      Symbol.iterator in source ? [...(source as Iterable<[string, unknown]>)] : Object.entries(source);
    for (const [name, value] of entries) {
      for (const part of Array.isArray(value) ? value : [value]) checkValue(name, part);
    }
  }
}

/** RFC 9110, section 5.5. Code points above U+00FF have no octet. */
function checkValue(name: string, value: unknown): void {
  if (typeof value !== "string" || /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return;
  const what = "holds a line break, another control character or one beyond Latin-1";
  throw new InvalidRequestError(`The value of the header ${JSON.stringify(name)} ${what}. Nothing was sent.`);
}
