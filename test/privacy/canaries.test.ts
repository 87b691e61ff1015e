import { tracingChannel } from "node:diagnostics_channel";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import * as main from "juniper-fulfillment";
import * as otel from "juniper-fulfillment/otel";
import * as stores from "juniper-fulfillment/stores";
import * as testing from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isObject } from "../../scripts/document/document.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { commands as allCommands, type Entry } from "../../src/cli/commands.ts";
import { traced } from "../../src/wrapper/tracing.ts";
import { runCli } from "../support/cli.ts";
import { operations } from "../support/documents.ts";
import { canary, markedBodies } from "../support/marked-bodies.ts";
import { channels, commands, type Exits, functions, hooks, watched } from "./exits.ts";

/** What came out at each exit. */
const seen = new Map<string, unknown[]>();
const note = (exit: string, ...values: unknown[]): void =>
  void seen.set(exit, [...(seen.get(exit) ?? []), ...values]);
const noteError =
  (exit: string) =>
  (error: unknown): void =>
    note(`function ${exit}`, error);

/** Every form in which a value commonly reaches a log. */
const shownForms = (value: unknown): string =>
  [
    String(value),
    value instanceof Error ? value.stack : "",
    inspect(value, { depth: 12 }),
    format("%o %O", value, value),
    value instanceof Error || typeof value !== "object" ? "" : JSON.stringify(value),
  ].join("\n");

const bodies = new Map(markedBodies().map(({ name, body }) => [name, body]));
const secret = `${canary}-webhook-secret`;
const orders = new Map([
  ["marked", { ...orderRequest, ...mark(orderRequest) }],
  ["another", { ...orderRequest, ...mark(orderRequest), daysSupply: 60 as const }],
]);

/** The order with a canary in each field of its customer. */
function mark(order: main.OrderRequest): Pick<main.OrderRequest, "customer"> {
  const fill = <Value>(value: Value): Value =>
    (isObject(value as never)
      ? Object.fromEntries(Object.entries(value as object).map(([name, field]) => [name, fill(field)]))
      : `${canary}-x`) as Value;
  return { customer: fill(order.customer) };
}

let server: ScriptedServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "canaries-"));
  server = await startScriptedServer(() => ({ json: {} }));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const token = { access_token: `${canary}-token`, token_type: "Bearer", expires_in: 3600 };

/** Values that the client corrects, whichever field names it corrects besides. */
const vendorSpelled = Object.fromEntries(
  Object.entries(orderRequest).flatMap(([name, value]) => {
    const spelling = wireSpellings.find(({ kind, user }) => kind === "value" && user === value);
    return spelling === undefined ? [] : [[name, spelling.wire]];
  }),
);

/** Answers a request as the operation does, with a canary in each sensitive field. */
function answerMarked({ path, method }: { path: string; method: string }): object {
  const [pathname = ""] = path.split("?");
  const found = operations.find(
    (operation) =>
      operation.method === method.toLowerCase() &&
      new RegExp(`^/v1${operation.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  );
  const name = String(found?.operation.operationId);
  const status = ["200", "201"].find((each) => bodies.has(`the ${each} of ${name}`)) ?? "200";
  const body = bodies.get(`the ${status} of ${name}`) ?? {};
  return { status: Number(status), json: name === "getOrderById" ? { ...body, ...vendorSpelled } : body };
}

const troubles: Readonly<Record<string, Parameters<typeof startScriptedServer>[0]>> = {
  "what the API returns": (request) => answerMarked(request),
  "a refusal that quotes the request": ({ path, body }) => ({
    status: path.includes("settings") ? 401 : 422,
    json: { detail: [{ loc: ["body", canary], type: canary, input: body }], error: canary },
  }),
  "a gateway's page": () => ({
    status: 502,
    text: `<html>${canary}</html>`,
    headers: { "retry-after": "0" },
  }),
  "broken JSON": () => ({ text: `{"detail": "${canary}`, headers: { "content-type": "application/json" } }),
  "a connection that breaks": (_request, response) => void response.destroy(),
};

/** The client's own hooks, all noted. */
const clientHooks = Object.fromEntries(
  ["onCall", "onRequest", "onResponse", "onRetry", "onToken", "onStoreError", "onDiscrepancy"].map((name) => [
    name,
    (...args: unknown[]) => note(`hook ${name}`, ...args),
  ]),
);

function createClient(options: Partial<main.FulfillmentClientOptions> = {}): main.FulfillmentClient {
  const signIn = { clientId: `${canary}-id`, clientSecret: `${canary}-secret` };
  const urls = { baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token` };
  const limits = { maxRetries: 1, timeoutMs: 5_000, conceal: true };
  return main.createFulfillmentClient({ ...signIn, ...urls, ...limits, ...clientHooks, ...options });
}

/** Calls every operation of the document with a canary in each field, header and parameter. */
async function callEverything(client: main.FulfillmentClient): Promise<void> {
  const untyped = client as unknown as {
    request(method: string, path: string, init: object): Promise<main.Result<unknown>>;
  };
  for (const { path, method, operation } of operations) {
    const ids = Object.fromEntries(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, `${canary}-id`]),
    );
    const query = path === "/protocols" && method === "get" ? { search: `${canary} name` } : {};
    const body = bodies.get(`the request of ${operation.operationId}`);
    const init = { params: { path: ids, query }, headers: { "x-note": canary }, ...(body && { body }) };
    const result = await untyped.request(method, path, { ...init, deadlineMs: 1_000 }).catch((error) => {
      noteError("index.createFulfillmentClient")(error);
    });
    if (result === undefined) continue;
    // A body that is no JSON is a string, which the caller gets as it is.
    if (typeof result.error !== "string")
      note("function index.createFulfillmentClient", inspect(result.data ?? result.error, { depth: 12 }));
    try {
      main.unwrap(result);
      note("function index.unwrap", "returned");
    } catch (error) {
      note("function index.unwrap", error);
    }
  }
}

/** What partners build on top of a call. */
async function useEverything(client: main.FulfillmentClient): Promise<void> {
  const ledger = main.memoryLedger();
  const lookup = { timeoutMs: 1 };
  let count = 0;
  const kept = stores.fileLedger(folder);
  const failing = {
    get: () => Promise.reject(new Error("the ledger is down")),
    add: () => Promise.reject(new Error("the ledger is down")),
    set: () => Promise.reject(new Error("the ledger is down")),
    delete: () => Promise.reject(new Error("the ledger is down")),
  };
  const onLedgerError = (error: unknown): void => note("hook onLedgerError", error);
  for (const [index, where] of [ledger, kept, failing as main.Ledger].entries()) {
    const reference = `r-${index}-${count++}`;
    const options = { reference, ledger: where, lookup, onLedgerError, deadlineMs: 1_000 };
    await main
      .submitOrder(client, orders.get("marked") as main.OrderRequest, options)
      .then(() => note("function index.submitOrder", "returned"), noteError("index.submitOrder"));
  }
  const many = [{ reference: "m-1", order: orders.get("another") as main.OrderRequest }];
  const onProgress = (progress: unknown): void => note("hook onProgress", progress);
  for await (const outcome of main.submitOrders(client, many, {
    ledger,
    lookup,
    onProgress,
    deadlineMs: 1_000,
  }))
    note("function index.submitOrders", "error" in outcome ? outcome.error : "returned");
  for await (const unsettled of main.listUnsettledOrders(ledger, { olderThanMs: 0 }))
    note("function index.listUnsettledOrders", unsettled);
  for (const reference of ["r-0-0", `${canary}-unknown`])
    await main
      .settleOrder(client, { reference, ledger, as: { orderId: `${canary}-order` } })
      .then(() => note("function index.settleOrder", "returned"), noteError("index.settleOrder"));
  await main
    .cancelOrder(client, `${canary}-order`)
    .then(({ outcome }) => note("function index.cancelOrder", outcome), noteError("index.cancelOrder"));
  const settings = { webhookUrl: `https://shop.example/${canary}`, supportEmail: `${canary}@shop.example` };
  await main
    .updatePartnerSettings(client, settings)
    .then(
      () => note("function index.updatePartnerSettings", "returned"),
      noteError("index.updatePartnerSettings"),
    );
  try {
    for await (const _ of main.paginate(client, "/orders")) note("function index.paginate", "an order");
  } catch (error) {
    note("function index.paginate", error);
  }
}

const untilOver = { giveUpAfterMs: 50, intervalMs: 10 } as const;

describe("canaries in every sensitive field", () => {
  test("appear at no exit of the library", async () => {
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const exporter = new InMemoryMetricExporter(1);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const ends = [otel.instrumentFulfillment({ tracerProvider, meterProvider })];
    for (const name of Object.keys(channels)) {
      const channel = tracingChannel(`juniper-fulfillment:${name}`).asyncEnd;
      const listen = (message: unknown): void => note(`channel ${name}`, message);
      channel.subscribe(listen);
      ends.push(() => channel.unsubscribe(listen));
    }
    const log = main.logCalls({
      info: (line) => note("function index.logCalls", line),
      warn: (line) => note("function index.logCalls", line),
      error: (line) => note("function index.logCalls", line),
    });
    const onCall = (event: main.CallEvent): void => {
      note("hook onCall", event);
      log(event);
    };
    const brokenStore = {
      get: () => Promise.reject(new Error("the store is down")),
      set: () => Promise.reject(new Error("the store is down")),
      delete: () => Promise.reject(new Error("the store is down")),
    };
    for (const [name, trouble] of Object.entries(troubles)) {
      server.script = (request, response) =>
        request.path === "/token" ? { json: token } : trouble(request, response);
      const maxRetries = name === "a gateway's page" ? 1 : 0;
      const client = createClient({ onCall, tokenStore: brokenStore, maxRetries });
      note("function index.createFulfillmentClient", client);
      await callEverything(client);
      await useEverything(createClient({ onCall, maxRetries: 0 }));
    }
    await watchOrders();
    for (const end of ends) end();
    await meterProvider.forceFlush();
    note("function otel/index.instrumentFulfillment", ...spans.getFinishedSpans().map(shownSpan));
    note(
      "function otel/index.instrumentFulfillment",
      ...exporter.getMetrics().map((all) => JSON.stringify(all)),
    );
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        note(
          "function stores/index.fileLedger",
          file.name,
          await readFile(join(file.parentPath, file.name), "utf8"),
        );
    await useWebhooks();
    signIn();
    await expectNothing();
  });

  test("appear in no report of the mock and at no command", async () => {
    const mock = await testing.createMock({ stateful: true });
    const wrong = {
      ...orders.get("marked"),
      shippingMethod: canary,
      lineItems: [{ packDescription: canary }],
    };
    const client = main.createFulfillmentClient(mock.clientOptions);
    await client.POST("/orders", { body: wrong as never });
    expect(() => mock.expectNoViolations()).toThrow();
    try {
      mock.expectNoViolations();
    } catch (error) {
      note("function testing/index.createMock", error);
    }
    await mock.close();
    server.script = (request) => (request.path === "/token" ? { json: token } : answerMarked(request));
    const env = {
      JUNIPER_CLIENT_ID: "id",
      JUNIPER_CLIENT_SECRET: `${canary}-secret`,
      JUNIPER_BASE_URL: `${server.origin}/v1`,
      JUNIPER_TOKEN_URL: `${server.origin}/token`,
      JUNIPER_ENVIRONMENT: "",
    };
    const file = join(folder, "orders.jsonl");
    const good = { reference: "c-1", ...orders.get("marked") };
    await writeFile(
      file,
      [good, { reference: "c-2", ...wrong }].map((line) => JSON.stringify(line)).join("\n"),
    );
    const ledger = `file:${join(folder, "ledger")}`;
    const lines: Readonly<Record<string, readonly string[]>> = {
      contract: ["contract", "--against", "sandbox"],
      doctor: ["doctor"],
      "orders check": ["orders", "check", file, "--offline"],
      "orders submit": ["orders", "submit", file, "--ledger", ledger],
      "orders unsettled": ["orders", "unsettled", "--ledger", ledger],
      "orders settle": ["orders", "settle", "c-1", "--not-placed", "--ledger", ledger],
    };
    for (const [name, args] of Object.entries(lines)) {
      const { stdout, stderr } = await runCli(args, env);
      note(`command ${name}`, stdout + stderr);
    }
    await expectNothing();
  });
});

async function watchOrders(): Promise<void> {
  server.script = (request) =>
    request.path === "/token" ? { json: token } : { status: 404, json: { detail: canary } };
  const client = createClient({ maxRetries: 0 });
  await main
    .waitForOrder(client, `${canary}-order`, { until: "SHIPPED", ...untilOver })
    .then(() => note("function index.waitForOrder", "returned"), noteError("index.waitForOrder"));
  const kept = new Map<string, string>();
  const signal = AbortSignal.timeout(300);
  const onError = (error: unknown): void => note("hook onError", error);
  try {
    const store = kept as unknown as main.ChangesStore;
    for await (const _ of main.orderChanges(client, { store, signal, onError })) break;
  } catch (error) {
    note("function index.orderChanges", error);
  }
  note("function index.orderChanges", [...kept]);
}

async function useWebhooks(): Promise<void> {
  const body = JSON.stringify(bodies.get("the request of orderStatusUpdated"));
  const kept = new Map<string, string>();
  const handle = main.webhookHandler({
    secret,
    onEvent: () => {
      throw new Error("the shop is down");
    },
    onRefused: (error: unknown) => note("hook onRefused", error),
    onError: (error: unknown) => note("hook onError", error),
  });
  for (const signature of [await main.signWebhook({ payload: body, secret }), `t=${canary},v1=${canary}`]) {
    const headers = { "x-juniper-signature": signature };
    const answer = await handle(new Request("http://localhost/", { method: "POST", headers, body }));
    note("function index.webhookHandler", answer.status, await answer.text(), [...kept]);
    await main
      .verifyWebhook({ payload: body, signature, secret: `${secret}-other` })
      .catch(noteError("index.verifyWebhook"));
  }
  for (const marked of bodies.values()) note("function index.redact", main.redact(marked));
}

function signIn(): void {
  const env = { JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: `${canary}-secret` };
  const options = main.fromEnv(env);
  note("function index.fromEnv", options);
  note("function index.createTokenSource", main.createTokenSource(options));
  note("function index.memoryLedger", main.memoryLedger());
}

const shownSpan = (span: ReturnType<InMemorySpanExporter["getFinishedSpans"]>[number]): string =>
  JSON.stringify([span.name, span.attributes, span.events, span.status]);

async function expectNothing(): Promise<void> {
  for (const [exit, values] of seen)
    for (const value of values) expect(shownForms(value), exit).not.toContain(canary);
}

describe("the list of exits", () => {
  const watchedIn = (kind: string, exits: Exits): string[] =>
    Object.entries(exits).flatMap(([name, how]) => (how === watched ? [`${kind} ${name}`] : []));

  test("has every function that is exported, every hook, every channel and every command", async () => {
    const entries = { index: main, "stores/index": stores, "otel/index": otel, "testing/index": testing };
    const exported = Object.entries(entries).flatMap(([entry, module]) =>
      Object.entries(module)
        .filter(([, value]) => typeof value === "function" && !(value.prototype instanceof Error))
        .map(([name]) => `${entry}.${name}`),
    );
    expect(Object.keys(functions).sort()).toEqual(exported.sort());
    const sources = await readdir(join(projectRoot, "src"), { recursive: true });
    const texts = await Promise.all(
      sources
        .filter((path) => path.endsWith(".ts"))
        .map((path) => readFile(join(projectRoot, "src", path), "utf8")),
    );
    // What an options' interface has is optional, and stands two spaces in.
    const found = texts.flatMap((text) =>
      [...text.matchAll(/^ {2}(?:readonly )?(on[A-Z]\w*)\?:/gm)].map(([, name]) => name),
    );
    expect(Object.keys(hooks).sort()).toEqual([...new Set(found)].sort());
    expect(Object.keys(channels).sort()).toEqual(Object.keys(traced).sort());
    const names = (list: readonly Entry[], before = ""): string[] =>
      list.flatMap((entry) =>
        "entries" in entry ? names(entry.entries, `${before}${entry.name} `) : [before + entry.name],
      );
    expect(Object.keys(commands).sort()).toEqual(names(allCommands).sort());
  });

  test("is true: something came out at each exit that is watched", () => {
    const all = [
      ...watchedIn("function", functions),
      ...watchedIn("hook", hooks),
      ...watchedIn("channel", channels),
      ...watchedIn("command", commands),
    ];
    expect(all.filter((exit) => !seen.has(exit))).toEqual([]);
  });
});
