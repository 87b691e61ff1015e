import {
  cancelOrder,
  createFulfillmentClient,
  type FulfillmentClient,
  type Order,
  OutcomeUnknownError,
  orderChanges,
  submitOrder,
  UnexpectedResponseError,
  waitForOrder,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

type Response = { status?: number; json?: unknown; text?: string };

let server: ScriptedServer;
let client: FulfillmentClient;
/** What the API responds to a cancellation, and to reading one order. */
let onCancel: () => Response;
let onRead: () => Response;
const shipped = { id: "o1", status: "SHIPPED" };

beforeEach(async () => {
  onRead = () => ({ json: shipped });
  server = await startScriptedServer(({ method, path }) => {
    if (method === "POST") return onCancel();
    if (path.startsWith("/orders/o1")) return onRead();
    return { json: { orders: [{ id: "o1", status: "CREATED", createdAt: new Date().toISOString() }, {}] } };
  });
  client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, maxRetries: 0 });
});
afterEach(() => server.close());

const empty: Response = { status: 204, text: "" };
const others: [string, Response][] = [
  ["another order", { json: { id: "o2", status: "CANCELLED" } }],
  ["an order without an id", { json: { status: "CANCELLED" } }],
  ["a list", { json: [{ id: "o1", status: "CANCELLED" }] }],
  ["nothing", empty],
];

describe.each(others)("a response with %s in place of the order", (_what, response) => {
  test("to a cancellation says nothing, so the order is read", async () => {
    onCancel = () => response;
    expect(await cancelOrder(client, "o1")).toMatchObject({ outcome: "not-cancelled", order: shipped });
    onRead = () => ({ json: { id: "o1", status: "CANCELLED" } });
    expect(await cancelOrder(client, "o1")).toMatchObject({ outcome: "cancelled", order: { id: "o1" } });
  });

  test("to reading it after a lost cancellation leaves that unknown", async () => {
    onCancel = () => ({ status: 502 });
    onRead = () => response;
    const result = await cancelOrder(client, "o1", { deadlineMs: 1_000 });
    expect(result).toMatchObject({ outcome: "unknown" });
    expect(result.order).toBeUndefined();
  });

  test("ends a wait with an UnexpectedResponseError", async () => {
    onRead = () => response;
    await expect(waitForOrder(client, "o1", { until: "SHIPPED" })).rejects.toThrow(UnexpectedResponseError);
  });

  test("is no change of the order, which is read again", async () => {
    let reads = 0;
    onRead = () => (++reads === 1 ? response : { json: shipped });
    // Only the first look lists the order.
    let lists = 0;
    const { script } = server;
    server.script = (request, reply) =>
      request.path.startsWith("/orders?") || request.path === "/orders"
        ? ++lists === 1
          ? script(request, reply)
          : { json: { orders: [] } }
        : script(request, reply);
    const errors: unknown[] = [];
    const seen: (string | undefined)[][] = [];
    const options = {
      intervalMs: 1,
      requestsPerSecond: 1_000,
      onError: (error: unknown) => errors.push(error),
    };
    for await (const { id, status } of orderChanges(client, options)) {
      seen.push([id, status]);
      if (status === "SHIPPED") break;
    }
    expect(seen).toEqual([
      ["o1", "CREATED"],
      ["o1", "SHIPPED"],
    ]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(UnexpectedResponseError);
  });
});

test("waitForOrder waits for a promise that `until` gives", async () => {
  let looks = 0;
  const until = async ({ status }: Order): Promise<boolean> => ++looks > 2 && status === "SHIPPED";
  expect(await waitForOrder(client, "o1", { until, intervalMs: 1 })).toMatchObject(shipped);
  expect(looks).toBe(3);
});

describe("orderChanges over a store that hangs", () => {
  const never = () => new Promise<never>(() => {});
  test.each(["get", "set", "list"] as const)("in %s ends with its signal", async (name) => {
    const hanging = async function* () {
      yield await never();
    };
    const nothing = async function* () {};
    const working = { get: () => undefined, set: () => {}, delete: () => {}, list: nothing };
    const store = { ...working, [name]: name === "list" ? hanging : never };
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("stop")), 100);
    const read = async () => {
      for await (const _order of orderChanges(client, { store, signal: abort.signal }));
    };
    await expect(read()).rejects.toThrow("stop");
  });

  test("or fails keeps what it says out of the error", async () => {
    const store = {
      get: () => {
        throw new Error("redis://:password@localhost");
      },
      ...{ set: () => {}, delete: () => {}, list: async function* () {} },
    };
    const read = async () => {
      for await (const _order of orderChanges(client, { store }));
    };
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain("password");
  });
});

test("an order that is nested too deep to be compared may be the one that was sent", async () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  onCancel = () => ({ status: 201, text: `{"id":"o1","lineItems":[{"productId":${deep}}]}` });
  const options = { reference: "r-1", lookup: { timeoutMs: 1 } };
  await expect(submitOrder(client, orderRequest, options)).rejects.toThrow(OutcomeUnknownError);
});
