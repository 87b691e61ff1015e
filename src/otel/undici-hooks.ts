import { type Attributes, context, type Span } from "@opentelemetry/api";
import { templateOf } from "./request-context.ts";

/**
 * The part of an undici request that the hooks read.
 *
 * @example
 * ```ts
 * import { type UndiciRequest, undiciHooks } from "juniper-fulfillment/otel";
 *
 * const startSpanHook = (request: UndiciRequest) => ({ ...undiciHooks.startSpanHook(request), team: "shop" });
 * console.log(startSpanHook({ origin: "https://api.example.com", path: "/v1/orders" }));
 * ```
 */
export interface UndiciRequest {
  /** The origin, such as `https://api.example.com`. */
  readonly origin: string;
  /** The path with the query. */
  readonly path: string;
}

/**
 * The hooks of `@opentelemetry/instrumentation-undici` that {@link undiciHooks} implements.
 *
 * @example
 * ```ts
 * import { type UndiciHooks, undiciHooks } from "juniper-fulfillment/otel";
 *
 * const hooks: UndiciHooks = { ...undiciHooks, requestHook: () => {} };
 * console.log(hooks.startSpanHook({ origin: "https://api.example.com", path: "/v1/orders" }));
 * ```
 */
export interface UndiciHooks {
  /**
   * Returns the attributes that the span of a request starts with.
   *
   * @param request The request.
   * @returns Attributes in place of its URL; none for requests that aren't this package's.
   */
  startSpanHook(request: UndiciRequest): Attributes;
  /**
   * Sets the same attributes on a span that has started.
   *
   * @param span The span of the request.
   * @param request The request.
   */
  requestHook(span: Pick<Span, "setAttributes">, request: UndiciRequest): void;
}

/**
 * Keeps personal data out of the spans of `@opentelemetry/instrumentation-undici`. These hold `url.full`, `url.path` and
 * `url.query` of each request, and so the name in `GET /protocols?search=`. The hooks replace the path with its template
 * and each value of the query with `REDACTED`. Of a request that waited for a connection (`node.connections`) undici
 * doesn't tell whose it is: its path is `REDACTED` too. Spans of other requests are not changed.
 *
 * Call {@link instrumentFulfillment} first: the hooks recognize requests by its spans. They need a context manager,
 * which every SDK for Node registers. If you have your own `startSpanHook`, call this one from it.
 *
 * @example
 * ```ts
 * import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
 * import { instrumentFulfillment, undiciHooks } from "juniper-fulfillment/otel";
 *
 * instrumentFulfillment();
 * const instrumentation = new UndiciInstrumentation(undiciHooks);
 * console.log(instrumentation.instrumentationName);
 * ```
 */
export const undiciHooks: UndiciHooks = {
  startSpanHook: (request) => safeUrl(request),
  requestHook: (span, request) => void span.setAttributes(safeUrl(request)),
};

function safeUrl({ origin, path }: UndiciRequest): Attributes {
  const [pathname = "", search = ""] = path.split("?", 2);
  const found = templateOf(origin, pathname, context.active());
  if (found === undefined) return {};
  const { template } = found;
  const urlPath = template === undefined ? "/REDACTED" : pathOf(template, pathname);
  const query = [...new URLSearchParams(search).keys()].map((name) =>
    /^\w{1,40}$/.test(name) ? `${name}=REDACTED` : "REDACTED",
  );
  const urlQuery = query.length === 0 ? "" : `?${query.join("&")}`;
  return {
    "url.full": `${origin}${urlPath}${urlQuery}`,
    "url.path": urlPath,
    "url.query": urlQuery,
    ...(template !== undefined && { "url.template": template }),
  };
}

/** The template in place of the path. What stands before it is the path of the base URL. */
function pathOf(template: string, pathname: string): string {
  const prefix = pathname.split("/").slice(0, -(template.split("/").length - 1));
  return template.startsWith("/") ? prefix.join("/") + template : template;
}
