import { ConfigurationError } from "../errors.ts";
import { isUnsafe } from "../may-have-acted.ts";
import { isDeno } from "../runtime.ts";
import type { BodyStream } from "./body-stream.ts";
import { type OutgoingRequest, type Transport, UnusableBody } from "./exchange.ts";
import { failedBeforeSending } from "./failure.ts";
import { limitBody, withoutBody } from "./limit-body.ts";

/**
 * Carries requests on a fetch function. Fetch does not say how far a request got, so every failure counts as
 * "may have been sent" unless its error proves otherwise (see failure.ts).
 */
export function createFetchTransport(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  provesNothingSent: (error: unknown, url: string) => boolean = failedBeforeSending,
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
      if (!exchange.isCancelled && provesNothingSent(error, request.url)) exchange.maybeSent = false;
      throw error;
    }
    const { status, headers, clone, bodyUsed, body }: Partial<Response> = response ?? {};
    if (!Number.isInteger(status) || !headers?.get || !clone || bodyUsed || (body && !body.getReader)) {
      throw new ConfigurationError(
        "fetch must return a Response that nobody has read. Whether its request was sent is not known.",
      );
    }
    // The platform's network error, which a service worker gives, or what a page may not see: no response at all.
    if (status === 0 && response.type !== "opaqueredirect") throw new TypeError("Without a status.");
    if (options.streaming && response.ok && response.body !== null) {
      const limited = await Promise.race([limitBody(exchange, response, controller), cancelled]);
      stream = limited.stream;
      return limited.response;
    }
    await Promise.race([gather(response, options.maxResponseBytes), cancelled]);
    return response;
  };
}

function partsOf({ method, headers, body }: OutgoingRequest): RequestInit {
  if (body === undefined) return { method, headers, body: null };
  // Deno sends a string or bytes again when a reused connection breaks, but never a Blob. It has no type, so that the
  // content type stays ours.
  return {
    method,
    headers,
    body: (isUnsafe(method) && isDeno() ? new Blob([body as BlobPart]) : body) as BodyInit,
  };
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
      throw new UnusableBody(await withoutBody(response));
    }
  }
}
