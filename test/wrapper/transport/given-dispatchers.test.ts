import { createServer } from "node:net";
import {
  ConnectionError,
  createFulfillmentClient,
  type FulfillmentClient,
  memoryLedger,
  OutcomeUnknownError,
  submitOrder,
} from "juniper-fulfillment";
import { Agent, interceptors, MockAgent, RetryAgent } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ status: 201, json: { id: "o-1" } }));
});
afterEach(() => server.close());

type Handler = Record<string, ((...args: unknown[]) => unknown) | undefined>;

/** Forwards by undici's newer interface alone, as the interceptors of undici 8 do, but for the methods that it forgets. */
class Decorator {
  onRequestStart?: (...args: unknown[]) => unknown;

  constructor(handler: Handler, forgotten: string[] = []) {
    for (const name of [
      "onRequestStart",
      "onResponseStart",
      "onResponseData",
      "onResponseEnd",
      "onResponseError",
    ]) {
      const forward = (...args: unknown[]) => handler[name]?.(...args);
      Object.assign(this, { [name]: forgotten.includes(name) ? () => {} : forward });
    }
  }
}

const decorated = (...forgotten: string[]) => {
  const agent = new Agent();
  return {
    dispatch: (options: never, handler: never) =>
      agent.dispatch(options, new Decorator(handler, forgotten) as never),
  };
};

type GivenDispatcher = ReturnType<typeof decorated>;

function createClient(dispatcher: unknown, baseUrl = server.origin): FulfillmentClient {
  const node = { dispatcher: dispatcher as GivenDispatcher };
  return createFulfillmentClient({ accessToken: "t", baseUrl, node, timeoutMs: 300 });
}

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => "success",
    (error: unknown) => error,
  );

const dispatchers: Readonly<Record<string, () => unknown>> = {
  "speaks undici's newer interface alone": () => decorated(),
  retries: () => new RetryAgent(new Agent()),
  "has interceptors": () => new Agent().compose(interceptors.retry(), interceptors.redirect()),
  "copies its handlers": () =>
    new Agent().compose((dispatch) => (options, handler) => dispatch(options, { ...handler })),
};

for (const [what, create] of Object.entries(dispatchers)) {
  describe(`a dispatcher that ${what}`, () => {
    test("places an order", async () => {
      const client = createClient(create());
      expect((await client.POST("/orders", { body: orderRequest })).data).toEqual({ id: "o-1" });
      expect(server.requests).toHaveLength(1);
    });

    test("sends an order without a response once, and its outcome is unknown", async () => {
      server.script = () => undefined;
      const client = createClient(create());
      for (const sent of [1, 2]) {
        const error = await failureOf(client.POST("/orders", { body: orderRequest }));
        expect(error).toBeInstanceOf(OutcomeUnknownError);
        expect(server.requests).toHaveLength(sent);
      }
    });

    test("shows a header that came twice as two", async () => {
      server.script = (_request, response) => {
        response.writeHead(
          200,
          [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"],
            ["x-a", "1"],
            ["x-a", "2"],
          ].flat(),
        );
        response.end("{}");
        return undefined;
      };
      const { headers } = (await createClient(create()).GET("/orders")).response;
      expect([headers.getSetCookie(), headers.get("x-a")]).toEqual([["a=1", "b=2"], "1, 2"]);
    });

    test("streams a response", async () => {
      const text = JSON.stringify({ orders: [], more: "x".repeat(500_000) });
      server.script = () => ({ text });
      const { data } = await createClient(create()).GET("/orders", { parseAs: "stream" });
      expect(await new Response(data as ReadableStream).text()).toBe(text);
    });

    test("reports a connection that was refused as not sent, from its first order on", async () => {
      const listener = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => listener.once("listening", resolve));
      const { port } = listener.address() as { port: number };
      await new Promise((resolve) => listener.close(resolve));
      const client = createClient(create(), `http://127.0.0.1:${port}`);
      const error = await failureOf(client.POST("/orders", { body: orderRequest, maxRetries: 0 }));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ maybeSent: false });
    });
  });
}

describe("a dispatcher that never announces a request", () => {
  test("sends an order once, and its outcome is unknown", async () => {
    server.script = () => undefined;
    const client = createClient(decorated("onRequestStart"));
    const error = await failureOf(client.POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    const submission = submitOrder(client, orderRequest, {
      reference: "r-1",
      ledger: memoryLedger(),
      lookup: { timeoutMs: 0 },
    });
    expect(await failureOf(submission)).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(2);
  });

  test("and never responds sends it once too", async () => {
    const silent = decorated("onRequestStart", "onResponseStart", "onResponseData", "onResponseEnd");
    const error = await failureOf(createClient(silent).POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests).toHaveLength(1);
  });
});

test("a mock of undici takes the place of the API", async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  mock.get(server.origin).intercept({ path: "/orders", method: "POST" }).reply(201, { id: "o-2" });
  const client = createClient(mock);
  expect((await client.POST("/orders", { body: orderRequest })).data).toEqual({ id: "o-2" });
});
