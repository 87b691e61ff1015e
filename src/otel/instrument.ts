import { type MeterProvider, metrics, type TracerProvider, trace } from "@opentelemetry/api";
import { version } from "../generated/version.ts";
import type { Ledger } from "../orders/ledger.ts";
import { follow } from "./follow.ts";
import { followMetrics, observeUnsettled } from "./metrics.ts";
import { followSpans } from "./spans.ts";

/**
 * The options of {@link instrumentFulfillment}.
 *
 * @example
 * ```ts
 * import { memoryLedger } from "juniper-fulfillment";
 * import { type InstrumentOptions, instrumentFulfillment } from "juniper-fulfillment/otel";
 *
 * const options: InstrumentOptions = { ledger: memoryLedger() };
 * instrumentFulfillment(options);
 * ```
 */
export interface InstrumentOptions {
  /**
   * Where spans go.
   * @default the global provider
   */
  tracerProvider?: TracerProvider | undefined;
  /**
   * Where metrics go.
   * @default the global provider
   */
  meterProvider?: MeterProvider | undefined;
  /**
   * The ledger whose orders of unknown outcome are counted whenever metrics are collected. It has to have `list`, and is
   * read as a whole each time.
   * @default none: they are not counted
   */
  ledger?: Ledger | undefined;
  /**
   * How long ago the reference of such an order must have been entered, in milliseconds. With 0 those count too that are
   * just being sent.
   * @default 600000
   */
  unsettledAfterMs?: number | undefined;
}

const name = "juniper-fulfillment";

/**
 * Gives OpenTelemetry a span for each call and each submission of every client in this process, and metrics: calls and
 * their duration by operation and outcome, retries, tokens, orders by outcome, and orders of unknown outcome.
 *
 * Spans and metrics have the attributes of the semantic conventions for HTTP: `http.request.method`, `url.template`,
 * `server.address`, `http.response.status_code` and `error.type`. A retry is an event of the call's span. None holds a URL,
 * a query, a body, a token, a reference or anything about a customer, and baggage is left alone.
 *
 * Call it once, after the SDK is set up. The spans of `@opentelemetry/instrumentation-undici` are then below those of the
 * calls; give it {@link undiciHooks}, or it records URLs.
 *
 * @param options Other providers than the global ones, and the ledger to watch.
 * @returns What ends it.
 * @throws {ConfigurationError} where the runtime has no tracing channels of `node:diagnostics_channel`, and for a ledger
 * that has no `list`.
 * @example
 * ```ts
 * import { instrumentFulfillment } from "juniper-fulfillment/otel";
 *
 * const stop = instrumentFulfillment();
 * process.once("SIGTERM", stop);
 * ```
 */
export function instrumentFulfillment(options: InstrumentOptions = {}): () => void {
  const { tracerProvider = trace, meterProvider = metrics, ledger, unsettledAfterMs } = options;
  const meter = meterProvider.getMeter(name, version);
  const ends = [
    follow(followSpans(tracerProvider.getTracer(name, version))),
    follow(followMetrics(meter)),
    ...(ledger === undefined ? [] : [observeUnsettled(meter, ledger, unsettledAfterMs)]),
  ];
  return () => {
    for (const end of ends) end();
  };
}
