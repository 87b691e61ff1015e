import { ResponseTooLarge, type Transport } from "./exchange.ts";

/**
 * Carries requests on a fetch function. Fetch does not say how far a request got, so every failure counts as
 * "may have been sent" unless its cause tells otherwise (see failure.ts).
 */
export function createFetchTransport(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
): Transport {
  return async (exchange) => {
    const { request, options } = exchange;
    const controller = new AbortController();
    const cancelled = new Promise<never>((_resolve, reject) => {
      exchange.onCancel((reason) => {
        controller.abort(reason);
        reject(reason);
      });
    });
    cancelled.catch(() => {});
    exchange.maybeSent = true;
    const { method, headers, body } = request;
    const init = { ...request.init, method, headers, body: body ?? null, signal: controller.signal };
    // A fetch that does not heed its signal must not hold up the caller.
    const response = await Promise.race([
      fetch(request.url, { ...init, redirect: "manual" } as RequestInit),
      cancelled,
    ]);
    if (!options.streaming) await Promise.race([gather(response, options.maxResponseBytes), cancelled]);
    return response;
  };
}

/** Reads a copy to its end, so that the answer is in memory and a connection that breaks is noticed now. */
async function gather(response: Response, maxResponseBytes: number): Promise<void> {
  if (response.body === null) return;
  let size = 0;
  const reader = response.clone().body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result === undefined || result.done) return;
    size += result.value.byteLength;
    if (size > maxResponseBytes) {
      await Promise.allSettled([reader?.cancel(), response.body.cancel()]);
      throw new ResponseTooLarge(response);
    }
  }
}
