import { isUnsafe } from "../may-have-acted.ts";
import { failedBeforeSending } from "./failure.ts";
import { abortError, type NodeHandler } from "./node-handler.ts";

/** A dispatcher, as far as it is the same in all versions of undici. */
interface Dispatcher<Sent, Handler> {
  dispatch(request: Sent, handler: Handler): unknown;
}

/** As much of a request as is looked at here. Its headers are names and values in turn. */
interface Request {
  readonly method: string;
  readonly headers: readonly string[];
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
 * - An interceptor need not pass on that a request begins to be written, or passes it on of some alone. So each request
 *   counts as sent from here on, unless the error says otherwise: what is never announced must never be sent twice.
 * - A write that begins once more is stopped. undici's own `dns` interceptor sends again after an ETIMEDOUT, which an
 *   established connection may end with too.
 * - A request is stopped by `abort`, though undici ends the connection then. Whoever calls need not catch what is thrown.
 */
export function announcing(given: Dispatcher<object, object>): Dispatcher<Request, NodeHandler> {
  return {
    dispatch: async (request, handler) => {
      const { exchange } = handler;
      let isAnnounced = false;
      let isHandedOver = false;
      exchange.maybeSent = true;
      const announce = (abort: Abort): void => {
        if (!exchange.mayBegin()) abort(abortError());
        else if (isAnnounced && isUnsafe(request.method))
          abort(abortError("The dispatcher was about to send it a second time."));
        else {
          isAnnounced = true;
          handler.onConnect(abort);
        }
      };
      const fail = (error: unknown): void => {
        const isRefused = !isHandedOver && codeOf(error) === "UND_ERR_INVALID_ARG";
        if (!isAnnounced && (isRefused || failedBeforeSending(error, exchange.request.url)))
          exchange.maybeSent = false;
        handler.onError(error);
      };
      try {
        const headers = byName(request.headers);
        const ended = given.dispatch({ ...request, headers }, handlerOf(handler, announce, fail));
        // An interceptor may refuse what comes later too, such as a redirect after the server has acted.
        isHandedOver = true;
        await ended;
      } catch (error) {
        fail(error);
      }
    },
  };
}

/**
 * A handler for undici 6 and earlier, which call the first half of it, and for undici 8 and later, which call the second.
 * undici 7 calls one of them, mostly the second. Its functions need no `this`: interceptors copy and extend what they get.
 * They throw nothing: what a dispatcher tells that makes no sense ends the call.
 */
function handlerOf(
  handler: NodeHandler,
  announce: (abort: Abort) => void,
  fail: (error: unknown) => void,
): object {
  const take =
    <Told extends unknown[], Reply>(act: (...told: Told) => Reply) =>
    (...told: Told): Reply | undefined => {
      try {
        return act(...told);
      } catch (error) {
        fail(error);
        return undefined;
      }
    };
  return {
    onConnect: take(announce),
    onHeaders: take((...head: Parameters<NodeHandler["onHeaders"]>) => handler.onHeaders(...head)),
    onData: take((chunk: Buffer) => handler.onData(chunk)),
    onComplete: take(() => handler.onComplete()),
    onError: fail,

    onRequestStart: take((controller?: Controller) =>
      announce((reason) => controller?.abort(reason as Error)),
    ),
    onResponseStart: take(
      (controller: Controller, status: number, headers: GivenHeaders, statusText?: string) => {
        handler.onHeaders(status, listOf(headers), () => controller.resume(), statusText ?? "");
      },
    ),
    onResponseData: take((controller: Controller, chunk: Buffer) => {
      if (!handler.onData(chunk)) controller.pause();
    }),
    onResponseEnd: take(() => handler.onComplete()),
    onResponseError: (_controller: Controller, error: unknown) => fail(error),
  };
}

/** Names and values in turn. A header that came twice has a list of values. */
function listOf(headers: GivenHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values = []]) =>
    [values].flat().flatMap((value) => [name.toLowerCase(), String(value)]),
  );
}

/** As fetch hands them to a dispatcher: interceptors copy and extend them. */
function byName(headers: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = "", value = ""] = headers.slice(index, index + 2);
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
