import { Writable } from "node:stream";
import Fastify from "fastify";
import {
  type CallEvent,
  createFulfillmentClient,
  type FulfillmentClient,
  logCalls,
} from "juniper-fulfillment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(() => undefined);
});
afterAll(() => server.close());

/** Calls that end in each way, by a client that logs them. */
async function exercise(onCall: (event: CallEvent) => void): Promise<void> {
  const client: FulfillmentClient = createFulfillmentClient({
    ...{ accessToken: "secret-token", baseUrl: server.origin, maxRetries: 0, onCall },
  });
  server.script = () => ({ headers: { "x-request-id": "r-1" }, json: { protocols: [] } });
  await client.GET("/protocols", { params: { query: { search: "secret-name" } } });
  server.script = () => ({
    status: 422,
    json: { detail: [{ loc: ["body", "customer", "email"], type: "x" }] },
  });
  await client.POST("/orders", { body: orderRequest });
  server.script = (_request, response) => void response.destroy();
  await client.POST("/orders", { body: orderRequest }).catch(() => {});
  await client.GET("/orders/{orderId}", { params: { path: { orderId: "secret-id" } } }).catch(() => {});
  client.use({
    onRequest: () => {
      throw new Error("secret-name was not found");
    },
  });
  await client.GET("/products").catch(() => {});
}

const expected = [
  { method: "GET", path: "/protocols", outcome: "success", status: 200, attempts: 1, requestId: "r-1" },
  {
    ...{ method: "POST", path: "/orders", outcome: "refused", status: 422, attempts: 1 },
    error: { code: "VALIDATION", message: "POST /orders returned 422: 1 issue, in customer.email." },
  },
  { method: "POST", path: "/orders", outcome: "unknown", attempts: 1, error: { code: "OUTCOME_UNKNOWN" } },
  { method: "GET", path: "/orders/{orderId}", outcome: "failed", attempts: 1, error: { code: "CONNECTION" } },
  { method: "GET", path: "/products", outcome: "failed", attempts: 0, error: { code: "FOREIGN" } },
];

describe("logCalls writes one line for each call", () => {
  test("as an object, to a logger of pino's kind", async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    // Its logger is pino's own.
    const { log } = Fastify({ logger: { stream } });
    await exercise(logCalls(log));
    const written = lines.map((line) => JSON.parse(line));
    expect(written).toMatchObject(expected);
    expect(written.map(({ level }) => level)).toEqual([30, 40, 50, 50, 50]);
    expect(written[0].msg).toBe("GET /protocols success");
    expect(lines.join()).not.toContain("secret");
  });

  test("as JSON, to the console and to whatever takes a string", async () => {
    const lines: [string, string][] = [];
    const note = (level: string) => (line: string) => lines.push([level, line]);
    await exercise(logCalls({ info: note("info"), warn: note("warn"), error: note("error") }));
    expect(lines.map(([, line]) => JSON.parse(line))).toMatchObject(expected);
    expect(lines.map(([level]) => level)).toEqual(["info", "warn", "error", "error", "error"]);
    expect(lines.join()).not.toContain("secret");
  });

  test("with a method that is none of HTTP's left out", async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const client = createFulfillmentClient({
      ...{ accessToken: "t", baseUrl: server.origin, maxRetries: 0 },
      onCall: logCalls({ info: log, warn: log, error: log }),
    });
    await client.request("Lovelace" as "get", "/products").catch(() => {});
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ method: "_OTHER", path: "/products" });
    expect(lines.join()).not.toMatch(/lovelace/i);
  });
});

test("a logger whose promise rejects becomes a warning of the process, whoever calls the hook", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const fail = async () => {
    throw new Error("disk full");
  };
  const log = logCalls({ info: fail, warn: fail, error: fail });
  await exercise((event) => {
    log(event);
  });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(warnings.map(({ message }) => message)).toEqual(Array(5).fill("disk full"));
});
