import { isDeno } from "../runtime.ts";
import { BodyStream } from "./body-stream.ts";
import { type Exchange, type OutgoingRequest, ResponseTooLarge, type Transport } from "./exchange.ts";
import { failedBeforeSending } from "./failure.ts";
import { reasonPhrase } from "./reason-phrase.ts";

/**
 * Carries requests on a fetch function. Fetch does not say how far a request got, so every failure counts as
 * "may have been sent" unless its error tells otherwise (see failure.ts).
 */
export function createFetchTransport(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
): Transport {
  return async (exchange) => {
    const { request, options } = exchange;
    const controller = new AbortController();
    let stream: BodyStream | undefined;
    const cancelled = new Promise<never>((_resolve, reject) => {
      exchange.onCancel((reason) => {
        controller.abort(reason);
        stream?.fail(reason);
        reject(reason);
      });
    });
    cancelled.catch(() => {});
    exchange.maybeSent = true;
    let response: Response;
    try {
      const init = { ...request.init, ...partsOf(request), redirect: "manual", signal: controller.signal };
      // A fetch that does not heed its signal must not hold up the caller.
      response = await Promise.race([fetch(request.url, init as RequestInit), cancelled]);
    } catch (error) {
      if (!exchange.isCancelled && failedBeforeSending(error, request.url)) exchange.maybeSent = false;
      throw error;
    }
    if (options.streaming && response.ok && response.body !== null) {
      stream = limitedBody(exchange, response, controller);
      return withBody(response, stream.readable);
    }
    await Promise.race([gather(response, options.maxResponseBytes), cancelled]);
    return response;
  };
}

function partsOf({ method, headers, body }: OutgoingRequest): RequestInit {
  if (body === undefined) return { method, headers, body: null };
  // Deno sends a string or bytes again when a reused connection breaks, but never a Blob. It has no type, so that the
  // content type stays ours.
  const isWrite = method === "POST" || method === "PATCH";
  return { method, headers, body: (isWrite && isDeno() ? new Blob([body as BlobPart]) : body) as BodyInit };
}

/** Reads a copy to its end, so that the response is in memory and a connection that breaks is noticed now. */
async function gather(response: Response, maxResponseBytes: number): Promise<void> {
  if (response.body === null) return;
  let size = 0;
  const reader = response.clone().body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result === undefined || result.done) return;
    size += result.value.byteLength;
    if (size > maxResponseBytes) {
      // Neither ends before the other has: they are two ends of one body.
      Promise.allSettled([reader?.cancel(), response.body.cancel()]);
      throw new ResponseTooLarge(response);
    }
  }
}

/** The response's own body, read on demand and within the limits of the call. */
function limitedBody(exchange: Exchange, response: Response, controller: AbortController): BodyStream {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const cancel = (): void => {
    controller.abort();
    reader.cancel().catch(() => {});
  };
  const head = (): Response => withBody(response, null);
  const read = (): void => {
    reader.read().then(
      ({ done, value }) => (done ? body.close() : void body.push(value)),
      (error) => body.fail(error),
    );
  };
  const body: BodyStream = new BodyStream(exchange, { resume: read, cancel, head });
  return body;
}

/** The same response with another body. */
function withBody(response: Response, body: ReadableStream<Uint8Array> | null): Response {
  const { status, headers, url, type, redirected } = response;
  const copy = new Response(body, { status, statusText: reasonPhrase(response.statusText), headers });
  return Object.defineProperties(copy, {
    url: { value: url },
    type: { value: type },
    redirected: { value: redirected },
  });
}
