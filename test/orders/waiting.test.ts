import {
  ApiError,
  createFulfillmentClient,
  OrderCancelledError,
  TimeoutError,
  waitForOrder,
} from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { type WaitForOrderOptions, waitForOrderWith } from "../../src/orders/waiting.ts";
import { SimulatedTiming } from "../support/simulated-vendor.ts";

let server: ScriptedServer;
let statuses: string[];

beforeAll(async () => {
  server = await startScriptedServer((_request, response) => {
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    if (status === "broken") return void response.destroy();
    if (/^\d/.test(status ?? "")) return { status: Number(status), headers: { "retry-after": "60" } };
    return { json: { id: "o-1", status } };
  });
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
});

function wait(options: WaitForOrderOptions) {
  const client = createFulfillmentClient({
    accessToken: "t",
    baseUrl: `${server.origin}/v1`,
    maxRetries: 0,
  });
  return waitForOrderWith(client, "o-1", options, new SimulatedTiming(0));
}

describe("waitForOrder", () => {
  test("resolves with the order as soon as it has the status", async () => {
    statuses = ["CREATED", "PROCESSING", "SHIPPED"];
    expect(await wait({ until: "SHIPPED" })).toMatchObject({ id: "o-1", status: "SHIPPED" });
    expect(server.requests).toHaveLength(3);
  });

  test("takes a later status for the one that it waited for, and a function's word", async () => {
    statuses = ["CREATED", "AWAITING_SHIPMENT"];
    expect(await wait({ until: "PROCESSING" })).toMatchObject({ status: "AWAITING_SHIPMENT" });
    statuses = ["CREATED", "FULFILLED"];
    expect(await wait({ until: ({ status }) => status !== "CREATED" })).toMatchObject({
      status: "FULFILLED",
    });
  });

  test("goes on after a 503, a 429 and a broken connection", async () => {
    statuses = ["CREATED", "503", "429", "broken", "SHIPPED"];
    expect(await wait({ until: "SHIPPED" })).toMatchObject({ status: "SHIPPED" });
    expect(server.requests).toHaveLength(5);
  });

  test("ends at once with a refusal that no later look changes", async () => {
    statuses = ["CREATED", "403"];
    await expect(wait({ until: "SHIPPED" })).rejects.toThrow(ApiError);
    expect(server.requests).toHaveLength(2);
  });

  test("throws when the order is cancelled, unless that is what it waits for", async () => {
    statuses = ["CREATED", "CANCELLED"];
    await expect(wait({ until: "SHIPPED" })).rejects.toThrow(OrderCancelledError);
    statuses = ["CREATED", "CANCELLED"];
    expect(await wait({ until: "CANCELLED" })).toMatchObject({ status: "CANCELLED" });
  });

  test("throws at the deadline, with a bounded number of looks", async () => {
    statuses = ["A_STATUS_OF_THE_FUTURE"];
    await expect(wait({ until: "SHIPPED", deadlineMs: 60_000 })).rejects.toThrow(TimeoutError);
    expect(server.requests.length).toBeLessThan(15);
  });

  test("ends at the deadline and with the signal when the function that it asks never answers", async () => {
    statuses = ["CREATED"];
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: `${server.origin}/v1` });
    const until = () => new Promise<boolean>(() => {});
    await expect(waitForOrder(client, "o-1", { until, deadlineMs: 300 })).rejects.toThrow(TimeoutError);
    const controller = new AbortController();
    const waiting = waitForOrder(client, "o-1", { until, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  test("ends with the signal's reason", async () => {
    statuses = ["CREATED"];
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(wait({ until: "SHIPPED", signal })).rejects.toThrow("enough");
  });

  test.each([
    { deadlineMs: 0 },
    { intervalMs: Number.NaN },
    { until: undefined as never },
  ])("refuses %o before it asks for anything", async (options) => {
    await expect(wait({ until: "SHIPPED", ...options })).rejects.toThrow(/must be/);
    expect(server.requests).toEqual([]);
  });
});
