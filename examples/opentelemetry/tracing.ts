import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { instrumentFulfillment, undiciHooks } from "juniper-fulfillment/otel";

/**
 * Traces every call of this process, and the requests below it. A service has most of this in its own setup
 * (`NodeSDK`, with an exporter for its collector); what it adds is the last three lines.
 *
 * @returns What ends it.
 */
export function startTracing(exporter: SpanExporter): () => Promise<void> {
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

  const stop = instrumentFulfillment({ tracerProvider });
  const undici = new UndiciInstrumentation(undiciHooks);
  undici.setTracerProvider(tracerProvider);
  return async () => {
    stop();
    undici.disable();
    context.disable();
    await tracerProvider.shutdown();
  };
}
