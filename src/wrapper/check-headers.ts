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
export function checkHeaders(...sources: unknown[]): void {
  for (const source of sources) {
    if (source === undefined || source === null) continue;
    for (const entry of typeof source === "object" ? entriesOf(source) : [source]) {
      if (!Array.isArray(entry) || entry.length !== 2)
        throw new InvalidRequestError("headers must be an object or a list of pairs. Nothing was sent.");
      const [name, value] = entry;
      if (value !== undefined) checkName(String(name), value === null);
      for (const part of Array.isArray(value) ? value : [value]) checkValue(name, part);
    }
  }
}

/** openapi-fetch would take the indices of a list for names, and leave out what is in a `Map`. */
export function withoutList(headers: HeadersInit | undefined): HeadersInit | undefined {
  return headers && isIterable(headers) ? new Headers([...headers] as [string, string][]) : headers;
}

function entriesOf(source: object): Iterable<unknown> {
  return isIterable(source) ? source : Object.entries(source);
}

function isIterable(headers: object): headers is Iterable<unknown> {
  return Symbol.iterator in headers;
}

/** What is left out is none of the connection's. */
function checkName(name: string, isLeftOut: boolean): void {
  // RFC 9110, section 5.6.2.
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new InvalidRequestError(`${JSON.stringify(name)} is no name of a header. Nothing was sent.`);
  if (isLeftOut || !ofTheConnection.has(name.toLowerCase())) return;
  throw new InvalidRequestError(
    `The header ${JSON.stringify(name)} belongs to the connection, and can't be set for a call. Nothing was sent.`,
  );
}

/** RFC 9110, section 5.5. Code points above U+00FF have no octet. */
function checkValue(name: string, value: unknown): void {
  if (typeof value === "string" ? /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value) : Object(value) !== value)
    return;
  throw new InvalidRequestError(
    `The value of the header ${JSON.stringify(name)} must be a string without line breaks, other control characters or any beyond Latin-1. Nothing was sent.`,
  );
}
