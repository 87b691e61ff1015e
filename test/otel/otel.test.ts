import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CBaggagePropagator } from "@opentelemetry/core";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  memoryLedger,
  submitOrder,
} from "juniper-fulfillment";
import { instrumentFulfillment, undiciHooks } from "juniper-fulfillment/otel";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const undici = new UndiciInstrumentation(undiciHooks);
const ledger = memoryLedger();

let server: ScriptedServer;
let stop: () => void;
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CBaggagePropagator());
  undici.setTracerProvider(tracerProvider);
  undici.enable();
  stop = instrumentFulfillment({ tracerProvider, meterProvider, ledger, unsettledAfterMs: 0 });
  server = await startScriptedServer(() => ({ json: {} }));
});
afterEach(() => {
  spans.reset();
  server.requests.length = 0;
  server.script = () => ({ json: {} });
});
afterAll(async () => {
  stop();
  undici.disable();
  context.disable();
  propagation.disable();
  await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown(), server.close()]);
});

function createClient(options: Partial<FulfillmentClientOptions> = {}): FulfillmentClient {
  return createFulfillmentClient({ accessToken: "t", baseUrl: `${server.origin}/v1`, ...options });
}

/** The spans of one of the two instrumentations, in the order in which they ended. */
const spansOf = (name: string): ReadableSpan[] =>
  spans.getFinishedSpans().filter(({ instrumentationScope }) => instrumentationScope.name.includes(name));
const callSpans = () => spansOf("juniper-fulfillment");
const requestSpans = () => spansOf("undici");

/** The points of a metric, by their attributes. */
async function pointsOf(name: string): Promise<{ attributes: object; value: unknown }[]> {
  exporter.reset();
  await meterProvider.forceFlush();
  const metrics = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics);
  const found = metrics.filter(({ descriptor }) => descriptor.name === `juniper_fulfillment.${name}`);
  return found.flatMap(({ dataPoints }) =>
    dataPoints.map(({ attributes, value }) => ({ attributes, value })),
  );
}

const address = { "server.address": "127.0.0.1", "server.port": expect.any(Number) };

describe("a span", () => {
  test("is made for each call, with the attributes of the conventions and retries as events", async () => {
    const busy = { status: 503, headers: { "retry-after": "0" } };
    server.script = ({ number }) => (number === 1 ? busy : { headers: { "x-request-id": "r-1" }, json: {} });
    await createClient().GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
    const [span] = callSpans();
    expect(callSpans()).toHaveLength(1);
    expect(span?.name).toBe("GET /orders/{orderId}");
    expect(span?.kind).toBe(SpanKind.CLIENT);
    expect(span?.attributes).toEqual({
      "http.request.method": "GET",
      "url.template": "/orders/{orderId}",
      ...address,
      "http.response.status_code": 200,
      "http.request.resend_count": 1,
      "juniper_fulfillment.outcome": "success",
      "juniper_fulfillment.call_id": expect.stringMatching(/^[\da-f-]{36}$/),
      "juniper_fulfillment.request_id": "r-1",
    });
    expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["retry", { "http.request.resend_count": 1, "error.type": "503" }],
    ]);
    expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  });

  test("says how a call failed, by the status or the name of the error", async () => {
    const client = createClient({ maxRetries: 0 });
    server.script = () => ({ status: 422, json: {} });
    await client.POST("/orders", { body: orderRequest });
    server.script = (_request, response) => void response.destroy();
    await client.POST("/orders", { body: orderRequest }).catch(() => {});
    client.use({
      onRequest: () => {
        throw new TypeError("Ada Example is not a function");
      },
    });
    await client.GET("/orders").catch(() => {});
    expect(callSpans().map(({ attributes }) => attributes["error.type"])).toEqual([
      "422",
      "OutcomeUnknownError",
      "_OTHER",
    ]);
    expect(callSpans().map(({ status }) => status)).toEqual(Array(3).fill({ code: SpanStatusCode.ERROR }));
  });

  test("is the parent of those of undici's instrumentation, and below the caller's and the submission's", async () => {
    const caller: Span = tracerProvider.getTracer("caller").startSpan("checkout");
    server.script = () => ({ status: 201, json: { id: "o" } });
    await context.with(trace.setSpan(context.active(), caller), () =>
      submitOrder(createClient(), orderRequest, { reference: "r-1", ledger }),
    );
    caller.end();
    const [request] = requestSpans();
    const [call, submission] = callSpans();
    expect(request?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(call?.parentSpanContext?.spanId).toBe(submission?.spanContext().spanId);
    expect(submission?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    expect(submission?.attributes).toEqual({ "juniper_fulfillment.outcome": "created" });
  });

  test("leaves the caller's baggage alone", async () => {
    const baggage = propagation.createBaggage({ tenant: { value: "t-1" } });
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      createClient().GET("/orders"),
    );
    expect(server.requests.map(({ headers }) => headers.baggage)).toEqual(["tenant=t-1"]);
  });
});

test("a method that is none of HTTP's is in no span", async () => {
  await createClient()
    .request("Lovelace" as "get", "/products")
    .catch(() => {});
  const [span] = callSpans();
  expect(span?.name).toBe("HTTP /products");
  expect(span?.attributes["http.request.method"]).toBe("_OTHER");
});

describe("a call is made as without them", () => {
  const fail = (): never => {
    throw new Error("exporter down");
  };
  const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
  const provider = (options: object) => ({ tracerProvider: new BasicTracerProvider(options), meterProvider });
  const failing = { add: fail, record: fail };

  test.each([
    ["a span processor throws at the start", provider({ spanProcessors: [{ ...processor, onStart: fail }] })],
    ["a span processor throws at the end", provider({ spanProcessors: [{ ...processor, onEnd: fail }] })],
    ["a sampler throws", provider({ sampler: { shouldSample: fail } })],
    [
      "a tracer throws",
      { tracerProvider: { getTracer: () => ({ startSpan: fail }) as never }, meterProvider },
    ],
    [
      "a meter throws",
      {
        tracerProvider,
        meterProvider: {
          getMeter: () => ({ createCounter: () => failing, createHistogram: () => failing }) as never,
        },
      },
    ],
  ])("where %s, with one warning of the process", async (_what, options) => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    const end = instrumentFulfillment(options);
    const { response } = await createClient().GET("/orders");
    await createClient().GET("/products");
    await new Promise((resolve) => setImmediate(resolve));
    end();
    process.off("warning", note);
    expect(response.status).toBe(200);
    expect(warnings.map(({ message }) => message)).toEqual(["exporter down"]);
  });
});

describe("the hooks for undici's instrumentation", () => {
  test("keep names and identifiers out of its spans, and leave those of others as they are", async () => {
    const client = createClient();
    await client.GET("/protocols", { params: { query: { search: "Ada Example", limit: 5 } } });
    await client.GET("/protocols/{protocolId}", { params: { path: { protocolId: "ada" } } });
    const { request } = await import("undici");
    const elsewhere = server.origin.replace("127.0.0.1", "localhost");
    await (await request(`${elsewhere}/elsewhere?q=theirs`)).body.dump();
    const urls = requestSpans().map(({ attributes: a }) => [a["url.full"], a["url.path"], a["url.query"]]);
    const { origin } = server;
    expect(urls).toEqual([
      [
        `${origin}/v1/protocols?search=REDACTED&limit=REDACTED`,
        "/v1/protocols",
        "?search=REDACTED&limit=REDACTED",
      ],
      [`${origin}/v1/protocols/{protocolId}`, "/v1/protocols/{protocolId}", ""],
      [`${elsewhere}/elsewhere?q=theirs`, "/elsewhere", "?q=theirs"],
    ]);
    expect(JSON.stringify(spans.getFinishedSpans().map(({ attributes }) => attributes))).not.toMatch(/ada/i);
  });

  test("keep them out where undici makes a request that has waited in the context of another one", async () => {
    const client = createClient({ node: { connections: 2 } });
    await client.warmup();
    spans.reset();
    const search = (name: string) => client.GET("/protocols", { params: { query: { search: name } } });
    const path = { protocolId: "Ada-7" };
    await Promise.all([
      ...["Ada 1", "Ada 2", "Ada 3"].map(search),
      ...[1, 2, 3].map(() => client.GET("/protocols/{protocolId}", { params: { path } })),
    ]);
    expect(requestSpans()).toHaveLength(6);
    expect(JSON.stringify(spans.getFinishedSpans().map(({ attributes }) => attributes))).not.toMatch(/ada/i);
  });

  test("leave the request for a token as it is, whichever call waits for it", async () => {
    const token = { access_token: "t-1", token_type: "Bearer", expires_in: 3600 };
    server.script = ({ path }) => ({ json: path === "/token" ? token : {} });
    const signIn = { clientId: "id", clientSecret: "s", tokenUrl: `${server.origin}/token` };
    await createClient({ accessToken: undefined, ...signIn }).GET("/orders");
    expect(requestSpans().map(({ attributes }) => attributes["url.path"])).toEqual(["/token", "/v1/orders"]);
  });
});

describe("metrics", () => {
  test("count calls, retries, tokens and orders by their outcome, and what is unsettled", async () => {
    const before = await pointsOf("orders");
    const lookup = { timeoutMs: 1 };
    const client = createClient({ maxRetries: 0 });
    server.script = (_request, response) => void response.destroy();
    await submitOrder(client, orderRequest, { reference: "r-2", ledger, lookup }).catch(() => {});
    server.script = () => ({ status: 422, json: {} });
    const another = { ...orderRequest, daysSupply: 60 } as const;
    await submitOrder(client, another, { reference: "r-3", ledger, lookup }).catch(() => {});
    expect(before).toContainEqual({ attributes: { "juniper_fulfillment.outcome": "created" }, value: 1 });
    for (const outcome of ["unknown", "failed"])
      expect(await pointsOf("orders")).toContainEqual({
        attributes: { "juniper_fulfillment.outcome": outcome },
        value: 1,
      });
    expect(await pointsOf("orders.unsettled")).toEqual([{ attributes: {}, value: 1 }]);
    expect(await pointsOf("tokens")).toEqual([
      { attributes: { "server.address": "127.0.0.1", "server.port": expect.any(Number) }, value: 1 },
    ]);
    const call = { "http.request.method": "GET", "url.template": "/orders/{orderId}", ...address };
    expect(await pointsOf("retries")).toContainEqual({ attributes: call, value: 1 });
    const ended = { "http.response.status_code": 200, "juniper_fulfillment.outcome": "success" };
    expect(await pointsOf("calls")).toContainEqual({ attributes: { ...call, ...ended }, value: 1 });
    expect(await pointsOf("call.duration")).toContainEqual({
      attributes: { ...call, ...ended },
      value: expect.objectContaining({ count: 1 }),
    });
  });
});

test("a ledger that can't list its orders is refused at once", () => {
  const { list: _, ...silent } = memoryLedger();
  expect(() => instrumentFulfillment({ tracerProvider, meterProvider, ledger: silent })).toThrow(
    "takes a ledger that has a list",
  );
});

test("ends when it is told to", async () => {
  const ended: object[] = [];
  const own = new BasicTracerProvider({
    spanProcessors: [
      {
        onStart() {},
        onEnd: (span) => void ended.push(span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const end = instrumentFulfillment({ tracerProvider: own, meterProvider });
  await createClient().GET("/orders");
  end();
  await createClient().GET("/orders");
  expect(ended).toHaveLength(1);
});
