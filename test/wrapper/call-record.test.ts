import {
  ConfigurationError,
  createFulfillmentClient,
  type FulfillmentClientOptions,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { CallRecord, recordCall } from "../../src/wrapper/call-record.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ status: 201, json: { id: "o-1" } }));
});
afterEach(() => server.close());

const createClient = (options: Partial<FulfillmentClientOptions> = {}) =>
  createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, ...options });

/** Places an order, and says what its record does, however the call ended. */
async function recordOf(client = createClient(), record = new CallRecord(), init: object = {}) {
  await client.POST("/orders", recordCall(record, { body: orderRequest, ...init })).catch(() => {});
  return record;
}

describe("the record of a call says that the server may have acted", () => {
  test("after a 201", async () => {
    expect((await recordOf()).mayHaveActed).toBe(true);
  });

  test("after a 201 that a middleware replaced by a 422, or followed with an error of this package", async () => {
    for (const onResponse of [
      () => new Response("{}", { status: 422 }),
      () => {
        throw new ConfigurationError("of another call");
      },
    ]) {
      const client = createClient();
      client.use({ onResponse });
      expect((await recordOf(client)).mayHaveActed).toBe(true);
    }
  });

  test("after a 503 or 408, and after a connection that broke", async () => {
    for (const status of [503, 408]) {
      server.script = () => ({ status });
      expect((await recordOf()).mayHaveActed).toBe(true);
    }
    server.script = (_request, response) => void response.destroy();
    expect((await recordOf()).mayHaveActed).toBe(true);
  });

  test("after a 201 and then a 422, when a middleware sent the request twice", async () => {
    const statuses = [201, 422];
    server.script = () => ({ status: statuses.shift() ?? 422, json: { id: "o-1" } });
    const client = createClient();
    client.use({
      onResponse: ({ request, options }) => options.fetch(new Request(request.url, { method: "POST" })),
    });
    expect((await recordOf(client)).mayHaveActed).toBe(true);
  });

  test("while the request is under way, and when no call of this package keeps the record", async () => {
    const record = new CallRecord();
    expect(record.mayHaveActed).toBe(true);
    let meanwhile = false;
    server.script = () => {
      meanwhile = record.mayHaveActed;
      return { status: 422 };
    };
    await recordOf(createClient(), record);
    expect([meanwhile, record.mayHaveActed]).toEqual([true, false]);
  });
});

describe("the record of a call says that the server can't have acted", () => {
  test("after a rejection", async () => {
    for (const status of [400, 401, 404, 422, 429]) {
      server.script = () => ({ status, json: {} });
      expect((await recordOf(createClient({ maxRetries: 0 }))).mayHaveActed).toBe(false);
    }
  });

  test("when a check, a middleware, the token or the signal stopped it before it was sent", async () => {
    const throwing = createClient();
    throwing.use({
      onRequest() {
        throw new Error("no");
      },
    });
    const noToken = createFulfillmentClient({
      baseUrl: server.origin,
      accessToken: () => Promise.reject(new Error("vault down")),
    });
    expect((await recordOf(throwing)).mayHaveActed).toBe(false);
    expect((await recordOf(noToken)).mayHaveActed).toBe(false);
    expect((await recordOf(undefined, undefined, { deadlineMs: -1 })).mayHaveActed).toBe(false);
    expect((await recordOf(undefined, undefined, { signal: AbortSignal.abort() })).mayHaveActed).toBe(false);
    expect(server.requests).toHaveLength(0);
  });

  test("when nothing listens at the address", async () => {
    await server.close();
    expect((await recordOf(createClient({ maxRetries: 0 }))).mayHaveActed).toBe(false);
  });
});

test("what beforeAttempt throws ends the call, and nothing is sent", async () => {
  const left: number[] = [];
  const record = new CallRecord((remainingMs) => {
    left.push(remainingMs);
    throw new Error("another sender has taken over");
  });
  const call = createClient().POST("/orders", recordCall(record, { body: orderRequest, deadlineMs: 5000 }));
  await expect(call).rejects.toThrow("another sender has taken over");
  expect(record.mayHaveActed).toBe(false);
  expect(server.requests).toHaveLength(0);
  expect(left).toEqual([expect.closeTo(5000, -4)]);
});
