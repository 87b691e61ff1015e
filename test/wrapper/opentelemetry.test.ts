import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { protocolRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentation = new UndiciInstrumentation();
const tracer = provider.getTracer("test");

let server: ScriptedServer;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  instrumentation.setTracerProvider(provider);
  instrumentation.enable();
  server = await startScriptedServer(() => ({ json: { id: "o" } }));
});
afterEach(() => {
  exporter.reset();
  server.requests.length = 0;
});
afterAll(async () => {
  instrumentation.disable();
  context.disable();
  propagation.disable();
  await Promise.all([provider.shutdown(), server.close()]);
});

/** The spans of the requests, in the order of their ends. */
const requestSpans = () => exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);

describe("OpenTelemetry's instrumentation of undici", () => {
  test("sees one client span for each attempt of a call, under the caller's own span", async () => {
    server.script = ({ number }) =>
      number === 1 ? { status: 503, headers: { "retry-after": "0" } } : { json: { id: "o" } };
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    const params = { path: { orderId: "o" } };
    const caller = tracer.startSpan("the caller's");
    await context.with(trace.setSpan(context.active(), caller), async () =>
      unwrap(await client.GET("/orders/{orderId}", { params })),
    );
    caller.end();
    const spans = requestSpans();
    expect(spans.map(({ attributes }) => attributes["http.response.status_code"])).toEqual([503, 200]);
    for (const { attributes, parentSpanContext } of spans) {
      expect(attributes["http.request.method"]).toBe("GET");
      expect(parentSpanContext).toEqual(caller.spanContext());
    }
    // Each attempt carries its own span to the server, which can go on with the trace.
    expect(server.requests.map(({ headers }) => headers.traceparent)).toEqual(
      spans.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
    );
  });

  test("keeps calls at the same time apart, on connections that they share", async () => {
    server.script = () => ({ json: { id: "p" } });
    const client = createFulfillmentClient({
      accessToken: "t",
      baseUrl: server.origin,
      node: { connections: 1 },
    });
    const callers = Array.from({ length: 5 }, (_, index) => tracer.startSpan(`caller ${index}`));
    const calls = callers.map((caller) =>
      context.with(trace.setSpan(context.active(), caller), () =>
        client.POST("/protocols", { body: protocolRequest }),
      ),
    );
    await Promise.all(calls);
    const parents = requestSpans().map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(new Set(parents)).toEqual(new Set(callers.map((caller) => caller.spanContext().spanId)));
    expect(parents).toHaveLength(callers.length);
  });

  test("sees the request for a token as a span of its own, and no secret in any", async () => {
    server.script = ({ path }) => ({
      json:
        path === "/token"
          ? { access_token: "marked-token", token_type: "Bearer", expires_in: 3600 }
          : { id: "o" },
    });
    const client = createFulfillmentClient({
      clientId: "id",
      clientSecret: "marked-secret",
      baseUrl: server.origin,
      tokenUrl: `${server.origin}/token`,
    });
    await client.POST("/protocols", { body: protocolRequest });
    const spans = requestSpans();
    expect(spans.map(({ attributes }) => attributes["url.path"])).toEqual(["/token", "/protocols"]);
    expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain(
      "marked",
    );
  });

  test("sees an attempt that gets no connection as a span that failed", async () => {
    const gone = await startScriptedServer(() => ({}));
    await gone.close();
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: gone.origin, maxRetries: 0 });
    await expect(client.GET("/products")).rejects.toMatchObject({ name: "ConnectionError" });
    expect(requestSpans().map(({ attributes }) => attributes["error.type"])).toEqual(["ECONNREFUSED"]);
  });
});
