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
   * The ledger whose orders of unknown outcome are counted whenever metrics are collected. It must have `list`. All its
   * unsettled entries are read each time.
   * @default none: they are not counted
   */
  ledger?: Ledger | undefined;
  /**
   * The minimum age of such an order's reference, in milliseconds. With 0, orders that are just being sent count too.
   * @default 600000
   */
  unsettledAfterMs?: number | undefined;
}

const name = "juniper-fulfillment";

/**
 * Records OpenTelemetry spans and metrics for every client in this process: a span for each call and each submission;
 * and metrics for calls and their duration by operation and outcome, retries, tokens, orders by outcome, and orders of
 * unknown outcome.
 *
 * Spans and metrics have the attributes of the semantic conventions for HTTP: `http.request.method`, `url.template`,
 * `server.address`, `http.response.status_code` and `error.type`. A retry is an event of the call's span. None holds a
 * URL, a query, a body, a token, a reference or anything about a customer. Baggage is left alone.
 *
 * Call it once, after the SDK is set up. The spans of `@opentelemetry/instrumentation-undici` then become children of
 * the calls' spans; pass it {@link undiciHooks}, or it records URLs.
 *
 * @param options Providers other than the global ones, and the ledger to watch.
 * @returns A function that stops recording.
 * @throws {ConfigurationError} when the runtime has no tracing channels in `node:diagnostics_channel`, or the ledger has
 * no `list`.
 * @see https://opentelemetry.io/docs/specs/semconv/http/
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
