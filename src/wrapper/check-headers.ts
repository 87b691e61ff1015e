import { InvalidRequestError } from "./errors.ts";

/** RFC 9110, section 7.6.1, and the framing of a message: these are the connection's, and the transport sets them. */
const ofTheConnection = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Checks headers. The platform would reject the values too, but with the value in its message, and the transport the
 * names, but as if no connection could be made.
 *
 * @throws {InvalidRequestError} that names the header.
 */
export function checkHeaders(...sources: (HeadersInit | object | undefined)[]): void {
  for (const source of sources) {
    if (source === undefined || source === null) continue;
    const entries =
      Symbol.iterator in source ? [...(source as Iterable<[string, unknown]>)] : Object.entries(source);
    for (const [name, value] of entries) {
      if (value !== null && value !== undefined) checkName(name);
      for (const part of Array.isArray(value) ? value : [value]) checkValue(name, part);
    }
  }
}

function checkName(name: string): void {
  if (!ofTheConnection.has(String(name).toLowerCase())) return;
  throw new InvalidRequestError(
    `The header ${JSON.stringify(name)} belongs to the connection, and can't be set for a call. Nothing was sent.`,
  );
}

/** RFC 9110, section 5.5. Code points above U+00FF have no octet. */
function checkValue(name: string, value: unknown): void {
  if (typeof value !== "string" || /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return;
  const what = "holds a line break, another control character or one beyond Latin-1";
  throw new InvalidRequestError(`The value of the header ${JSON.stringify(name)} ${what}. Nothing was sent.`);
}
