import type { Exchange } from "./exchange.ts";
import { readHeaders } from "./light-headers.ts";
import { LightResponse } from "./light-response.ts";
import { withProvenance } from "./provenance.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/** What undici tells of a response before its body. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: (string | Buffer)[];
}

/** The response that the client and the user see: a light one, unless its body is still arriving. */
export function createResponse(
  { request }: Exchange,
  head: ResponseHead,
  body: Buffer | ReadableStream<Uint8Array> | null,
): Response {
  const { status, rawHeaders } = head;
  const statusText = reasonPhrase(head.statusText);
  const content = hasNoBody(request.method, status) ? null : body;
  if (!(content instanceof ReadableStream)) {
    const response = new LightResponse(content, { status, statusText, rawHeaders, url: request.url });
    return response as unknown as Response; // It has its prototype, and each of its members.
  }
  const response = new Response(content, { status, statusText, headers: readHeaders(rawHeaders) });
  const url = request.url.split("#", 1)[0] ?? "";
  return withProvenance(response, { url, type: "basic", redirected: false });
}

/** RFC 9110, section 6.4.1, and the statuses that `new Response` takes without a body alone. */
export function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 205 || status === 304;
}
