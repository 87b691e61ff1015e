import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrismRequest, PrismResponse } from "./prism.ts";

/** A request as received, with its full path. */
export interface IncomingRequest extends PrismRequest {
  /** The path as sent, with its query. */
  readonly target: string;
}

/** Reads a request to its end. */
export async function readRequest(request: IncomingMessage): Promise<IncomingRequest> {
  const { method = "GET", url = "/" } = request;
  const headers = flatten(request.headers);
  const body = readBody(await readText(request), headers["content-type"]);
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, values(searchParams, name)]),
  );
  return { target: url, method, url: { path: pathname, query }, headers, body };
}

/** Sends a response, with what was wrong in its `sl-violations` header. */
export function sendResponse(
  response: ServerResponse,
  { status, headers, body, violations }: PrismResponse,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (violations.length > 0) response.setHeader("sl-violations", encodeURI(JSON.stringify(violations)));
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The body as Prism expects it: parsed JSON, a string for anything else, null for none. */
function readBody(text: string, contentType = ""): unknown {
  if (text === "") return null;
  if (!/^application\/(.+\+)?json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

function values(parameters: URLSearchParams, name: string): string | string[] {
  const all = parameters.getAll(name);
  return all.length === 1 && all[0] !== undefined ? all[0] : all;
}
