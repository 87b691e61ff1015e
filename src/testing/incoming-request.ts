import type { MockRequest, MockResponse } from "./served-document.ts";

/** A request as received, with its full path. */
export interface IncomingRequest extends MockRequest {
  /** The path as sent, with its query. */
  readonly target: string;
}

/** What was received, before it is read. */
interface ReceivedParts {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export function readParts({ method, target, headers, text }: ReceivedParts): IncomingRequest {
  const { pathname, searchParams } = new URL(target, "http://localhost");
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, values(searchParams, name)]),
  );
  const body = readBody(text, headers["content-type"]);
  return { target, method, url: { path: pathname, query }, headers, body };
}

/** Parsed JSON, a string for anything else, null for none. */
function readBody(text: string, contentType = ""): unknown {
  if (text === "") return null;
  if (!/^application\/(.+\+)?json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function values(parameters: URLSearchParams, name: string): string | string[] {
  const all = parameters.getAll(name);
  return all.length === 1 && all[0] !== undefined ? all[0] : all;
}

/** The text of a response, and its headers. What was wrong is in `sl-violations`. */
export function writeParts({ headers, body, violations }: MockResponse): {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
} {
  return {
    headers: {
      ...headers,
      ...(violations.length > 0 && { "sl-violations": encodeURI(JSON.stringify(violations)) }),
    },
    text: body === undefined ? "" : JSON.stringify(body),
  };
}
