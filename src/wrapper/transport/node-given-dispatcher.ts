import { failedBeforeSending } from "./failure.ts";
import type { NodeHandler } from "./node-handler.ts";

/** A dispatcher, as far as it is the same in all versions of undici. */
interface Dispatcher<Handler> {
  dispatch(request: object, handler: Handler): unknown;
}

/** What undici 7 and later hand to a handler, to steer its request with. */
interface Controller {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

type Abort = (reason?: Error) => void;
type GivenHeaders = Record<string, string | string[] | undefined>;

/**
 * Sends on a dispatcher of the user's, of whatever version of undici and composed of whatever interceptors.
 *
 * An interceptor need not pass on that a request begins to be written. Until the dispatcher has done so once, each of its
 * requests counts as sent, unless the error says otherwise: what is never announced must never be sent twice.
 */
export function announcing(given: Dispatcher<object>): Dispatcher<NodeHandler> {
  let announces = false;
  return {
    dispatch: (request, handler) => {
      const { exchange } = handler;
      let isAnnounced = announces;
      exchange.maybeSent = !announces;
      const announce = (abort: Abort): void => {
        announces = isAnnounced = true;
        handler.onConnect(abort);
      };
      const fail = (error: Error): void => {
        if (!isAnnounced && isFromBeforeSending(error, exchange.request.url)) exchange.maybeSent = false;
        handler.onError(error);
      };
      try {
        given.dispatch(request, handlerOf(handler, announce, fail));
      } catch (error) {
        fail(error as Error);
      }
    },
  };
}

/**
 * A handler for undici 6 and earlier, which call the first half of it, and for undici 8 and later, which call the second.
 * undici 7 calls one of them, mostly the second. Its functions need no `this`: interceptors copy and extend what they get.
 */
function handlerOf(
  handler: NodeHandler,
  announce: (abort: Abort) => void,
  fail: (error: Error) => void,
): object {
  return {
    onConnect: announce,
    onHeaders: (...head: Parameters<NodeHandler["onHeaders"]>) => handler.onHeaders(...head),
    onData: (chunk: Buffer) => handler.onData(chunk),
    onComplete: () => handler.onComplete(),
    onError: fail,

    onRequestStart: (controller: Controller) => announce((reason) => controller.abort(reason as Error)),
    onResponseStart: (controller: Controller, status: number, headers: GivenHeaders, statusText = "") => {
      handler.onHeaders(status, listOf(headers), () => controller.resume(), statusText);
    },
    onResponseData: (controller: Controller, chunk: Buffer) => {
      if (!handler.onData(chunk)) controller.pause();
    },
    onResponseEnd: () => handler.onComplete(),
    onResponseError: (_controller: Controller, error: Error) => fail(error),
  };
}

/** Names and values in turn. A header that came twice has a list of values. */
function listOf(headers: GivenHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().flatMap((value) => [name.toLowerCase(), String(value)]),
  );
}

function isFromBeforeSending(error: Error, url: string): boolean {
  const isRefused = "code" in error && error.code === "UND_ERR_INVALID_ARG";
  return isRefused || failedBeforeSending(error, url);
}
