import type { IncomingMessage, ServerResponse } from "node:http";
import { type IncomingRequest, readParts, writeParts } from "./incoming-request.ts";
import type { MockResponse } from "./served-document.ts";

/** Reads a request to its end. */
export async function readRequest(request: IncomingMessage): Promise<IncomingRequest> {
  const { method = "GET", url: target = "/" } = request;
  return readParts({ method, target, headers: flatten(request.headers), text: await readText(request) });
}

export function sendResponse(response: ServerResponse, mockResponse: MockResponse): void {
  const { headers, text } = writeParts(mockResponse);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(mockResponse.status, { "content-length": Buffer.byteLength(text) }).end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}
