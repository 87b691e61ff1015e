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
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer(() => ({ status: 201, json: { id: "o-1" } }));
});
afterEach(() => server.close());

type Handler = Record<string, ((...args: unknown[]) => unknown) | undefined>;

interface GivenDispatcher {
  dispatch(options: never, handler: never): boolean;
}

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

const decorated = (...forgotten: string[]) => decorating(new Agent(), () => forgotten);

const decorating = (
  dispatcher: GivenDispatcher,
  forgottenFor: (options: { readonly method: string }) => string[],
): GivenDispatcher => ({
  dispatch: (options, handler) =>
    dispatcher.dispatch(options, new Decorator(handler, forgottenFor(options)) as never),
});

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

describe("a dispatcher that announces reads alone", () => {
  const create = () => {
    const forgottenFor = ({ method }: { readonly method: string }) =>
      method === "POST" ? ["onRequestStart"] : [];
    return createClient(decorating(new Agent(), forgottenFor));
  };
  const posts = () => server.requests.filter(({ method }) => method === "POST");

  test("sends an order without a response once, and its outcome is unknown", async () => {
    const client = create();
    await client.GET("/orders");
    server.script = (_request, response) => void response.destroy();
    expect(await failureOf(client.POST("/orders", { body: orderRequest }))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    expect(posts()).toHaveLength(1);
  });

  test("says of an order that is given up before its response that its outcome is unknown", async () => {
    const client = create();
    await client.GET("/orders");
    const controller = new AbortController();
    server.script = () => void controller.abort();
    const order = client.POST("/orders", { body: orderRequest, signal: controller.signal });
    expect(await failureOf(order)).toBeInstanceOf(OutcomeUnknownError);
    expect(posts()).toHaveLength(1);
  });
});

test("what an interceptor refuses after a response is no proof that nothing was sent", async () => {
  server.script = () => ({ status: 303, headers: { location: "/orders" } });
  const redirecting = new Agent().compose(interceptors.redirect({ maxRedirections: 2 }));
  const client = createClient(decorating(redirecting, () => ["onRequestStart"]));
  const error = await failureOf(client.POST("/orders", { body: orderRequest }));
  expect(error).toBeInstanceOf(OutcomeUnknownError);
});

test("a failure that comes after the response is no proof that nothing was sent, whatever it says", async () => {
  const agent = new Agent();
  const { port } = new URL(server.origin);
  const untrusted = Object.assign(new Error("self-signed"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  const refused = Object.assign(new Error("refused"), { syscall: "connect", port, address: "127.0.0.1" });
  for (const error of [untrusted, refused]) {
    server.requests.length = 0;
    const dispatch = (options: never, handler: Handler): boolean => {
      const auditing = new Decorator(handler, ["onRequestStart"]);
      const onResponseEnd = (controller: unknown) => handler.onResponseError?.(controller, error);
      return agent.dispatch(options, Object.assign(auditing, { onResponseEnd }) as never);
    };
    const order = createClient({ dispatch }).POST("/orders", { body: orderRequest });
    expect(await failureOf(order)).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests).toHaveLength(1);
  }
});

describe("a dispatcher that sends a request again", () => {
  const createAgain = () => {
    const agent = new Agent();
    const dispatch = (options: never, handler: Handler): boolean => {
      const again = { ...handler, onResponseError: () => agent.dispatch(options, handler as never) };
      return agent.dispatch(options, again as never);
    };
    return createClient({
      dispatch: (options: never, handler: Handler) => dispatch(options, { ...handler }),
    });
  };
  beforeEach(() => {
    server.script = ({ number }, response) => (number === 1 ? void response.destroy() : { json: {} });
  });

  test("can't send an order twice", async () => {
    const error = await failureOf(createAgain().POST("/orders", { body: orderRequest }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(server.requests).toHaveLength(1);
  });

  test("may do so with a read", async () => {
    expect((await createAgain().GET("/orders", { maxRetries: 0 })).response.status).toBe(200);
    expect(server.requests).toHaveLength(2);
  });

  test("and passes on a second response to a read has its halves not put together, and no reader waits for more", async () => {
    server.script = ({ number }, response) => {
      response.writeHead(200, { "content-length": 20 });
      if (number % 2 === 0) response.end("the whole answer 123");
      else response.write("the first half ", () => setTimeout(() => response.destroy(), 20));
      return undefined;
    };
    const client = createAgain();
    const text = client.GET("/orders", { parseAs: "text", maxRetries: 0 });
    expect(await failureOf(text)).toBeInstanceOf(ConnectionError);
    const { data } = await client.GET("/orders", { parseAs: "stream", maxRetries: 0 });
    expect(await failureOf(new Response(data).text())).toBeInstanceOf(ConnectionError);
  });
});

describe("a dispatcher that sends a request again without announcing it", () => {
  const posts = () => server.requests.filter(({ method }) => method === "POST");
  const methods = ["GET", "POST"] as const;

  test("in the middle of a response, as undici's retries do, can't send an order twice", async () => {
    server.script = (_request, response) => {
      response.writeHead(201, { "content-type": "application/json", "content-length": 12 });
      response.write('{"id":', () => response.destroy());
      return undefined;
    };
    const client = createClient(new RetryAgent(new Agent(), { minTimeout: 1, methods: [...methods] }));
    const error = await failureOf(client.POST("/orders", { body: orderRequest, timeoutMs: 5_000 }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(posts()).toHaveLength(1);
  });

  /** As the retries of undici 6, which announce a request before it connects, and once however often it is sent. */
  const announcingOnce = (tries: number): GivenDispatcher => {
    const agent = new Agent();
    const send = (options: never, handler: Handler, left: number): boolean => {
      const forward = new Decorator(handler, ["onRequestStart"]);
      const again = (controller: unknown, error: unknown) =>
        left > 1 ? send(options, handler, left - 1) : handler.onResponseError?.(controller, error);
      return agent.dispatch(options, Object.assign(forward, { onResponseError: again }) as never);
    };
    return {
      dispatch: (options: never, handler: Handler) => {
        handler.onRequestStart?.({ abort() {}, pause() {}, resume() {} }, {});
        return send(options, handler, tries);
      },
    };
  };

  const params = { path: { orderId: "o-1" } };
  const writes: Readonly<Record<string, (client: FulfillmentClient) => Promise<unknown>>> = {
    "an order": (client) => client.POST("/orders", { body: orderRequest }),
    "a write without a body": (client) => client.POST("/orders/{orderId}/cancel", { params }),
  };
  test.each(
    Object.entries(writes),
  )("after a connection that broke can't send %s twice", async (_what, write) => {
    server.script = (_request, response) => void response.destroy();
    expect(await failureOf(write(createClient(announcingOnce(3))))).toBeInstanceOf(OutcomeUnknownError);
    expect(posts()).toHaveLength(1);
  });

  test("sends a write without a body as one of length 0", async () => {
    await createClient(announcingOnce(1)).POST("/orders/{orderId}/cancel", { params });
    expect(posts()).toMatchObject([{ headers: { "content-length": "0" }, body: "" }]);
    expect(posts()[0]?.headers["transfer-encoding"]).toBeUndefined();
  });

  test("when it has told of its failure can't send an order beside the client", async () => {
    const agent = new Agent();
    const refused = Object.assign(new Error("refused"), {
      ...{ syscall: "connect", address: "127.0.0.1", port: new URL(server.origin).port },
    });
    const ended: Promise<unknown>[] = [];
    const dispatch = (options: never, handler: Handler) => {
      handler.onResponseError?.({}, refused);
      ended.push(
        new Promise((resolve) => {
          const heard = { onRequestStart() {}, onResponseStart() {}, onResponseData() {} };
          agent.dispatch(options, { ...heard, onResponseEnd: resolve, onResponseError: resolve } as never);
        }),
      );
    };
    const order = createClient({ dispatch }).POST("/orders", { body: orderRequest, maxRetries: 0 });
    expect(await failureOf(order)).toMatchObject({ name: "ConnectionError", maybeSent: false });
    await Promise.all(ended);
    expect(posts()).toEqual([]);
  });

  test("may do so until a connection is made, and tells that there was none", async () => {
    const { origin } = server;
    const client = createClient(announcingOnce(3), origin);
    expect((await client.POST("/orders", { body: orderRequest })).data).toEqual({ id: "o-1" });
    const [{ body = "", headers = {} } = {}] = posts();
    expect(JSON.parse(body)).toMatchObject({ daysSupply: orderRequest.daysSupply });
    expect(headers["content-length"]).toBe(String(body.length));
    await server.close();
    const refused = await failureOf(client.POST("/orders", { body: orderRequest, maxRetries: 0 }));
    expect(refused).toMatchObject({ name: "ConnectionError", maybeSent: false });
    server = await startScriptedServer(() => undefined);
  });
});

describe("a dispatcher whose dispatch is async", () => {
  test("ends the call at once when it rejects, and the outcome of a write is unknown", async () => {
    const sealed = createClient({ dispatch: () => Promise.reject(new Error("The vault is sealed.")) });
    const calls = [sealed.GET("/orders", { maxRetries: 0 }), sealed.POST("/orders", { body: orderRequest })];
    const [read, write] = await Promise.all(calls.map(failureOf));
    expect(read).toBeInstanceOf(ConnectionError);
    expect(write).toMatchObject({ name: "OutcomeUnknownError", cause: { name: "ConnectionError" } });
  });

  test("ends the call when it rejects with nothing", async () => {
    const client = createClient({ dispatch: () => Promise.reject() });
    expect(await failureOf(client.GET("/orders", { maxRetries: 0 }))).toBeInstanceOf(ConnectionError);
  });

  test("leaves a response to its call that has arrived before it rejects", async () => {
    const agent = new Agent();
    const dispatch = async (options: never, handler: Handler) => {
      await new Promise<void>((resolve) => {
        const onResponseEnd = (...args: unknown[]) => {
          handler.onResponseEnd?.(...args);
          resolve();
        };
        agent.dispatch(options, { ...handler, onResponseEnd } as never);
      });
      throw new Error("The log is full.");
    };
    const client = createClient({ dispatch });
    const orders = Array.from({ length: 8 }, () => client.POST("/orders", { body: orderRequest }));
    for (const { data } of await Promise.all(orders)) expect(data).toEqual({ id: "o-1" });
  });
});

test.each([
  "onRequestStart",
  "onConnect",
])("a dispatcher that says by %s that it begins is told to stop when the call was given up meanwhile", async (name) => {
  let begin: ((abort: () => void) => void) | undefined;
  const client = createClient({
    dispatch: (_options: never, handler: Handler) => {
      begin = (abort) => void handler[name]?.(name === "onConnect" ? abort : { abort });
      return true;
    },
  });
  const controller = new AbortController();
  const call = failureOf(client.GET("/orders", { signal: controller.signal }));
  await vi.waitUntil(() => begin !== undefined);
  controller.abort();
  expect(await call).toMatchObject({ name: "AbortError" });
  const abort = vi.fn();
  begin?.(abort);
  expect(abort).toHaveBeenCalledOnce();
});

describe("a dispatcher that tells what makes no sense", () => {
  const controller = { abort() {}, pause() {}, resume() {} };
  const told: Readonly<Record<string, (handler: Handler) => void>> = {
    "a head without headers": ({ onResponseStart }) => void onResponseStart?.(controller, 200, null),
    "a body without a head": ({ onResponseData, onResponseEnd }) => {
      onResponseData?.(controller, Buffer.from("{}"));
      onResponseEnd?.(controller, {});
    },
    "a head without headers, in the older way": ({ onHeaders, onData, onComplete }) => {
      onHeaders?.(200, null);
      onData?.(Buffer.from("{}"));
      onComplete?.([]);
    },
  };
  test.each(Object.entries(told))("ends the call, and nothing is thrown into it: %s", async (_what, tell) => {
    let thrown: unknown;
    const dispatch = (_options: never, handler: Handler) => {
      try {
        tell(handler);
      } catch (error) {
        thrown = error;
      }
      return true;
    };
    const call = createClient({ dispatch }).GET("/orders", { maxRetries: 0 });
    expect(await failureOf(call)).toBeInstanceOf(ConnectionError);
    expect(thrown).toBeUndefined();
  });

  test("can be given up though it gives nothing to stop it by", async () => {
    const abort = new AbortController();
    const dispatch = (_options: never, handler: Handler) => {
      handler.onRequestStart?.();
      abort.abort();
      return true;
    };
    const call = createClient({ dispatch }).GET("/orders", { signal: abort.signal });
    expect(await failureOf(call)).toMatchObject({ name: "AbortError" });
  });

  test.each([
    undefined,
    Number.NaN,
    "201",
    404.5,
    99,
    600,
  ])("leaves the outcome of an order unknown when the status is %s", async (status) => {
    const answers: ((handler: Handler) => void)[] = [
      ({ onRequestStart, onResponseStart, onResponseEnd }) => {
        onRequestStart?.(controller, {});
        onResponseStart?.(controller, status, {}, "");
        onResponseEnd?.(controller, {});
      },
      ({ onConnect, onHeaders, onComplete }) => {
        onConnect?.(() => {});
        onHeaders?.(status, [], () => {}, "");
        onComplete?.([]);
      },
    ];
    for (const answer of answers) {
      const dispatch = (_options: never, handler: Handler) => void answer(handler);
      const order = createClient({ dispatch }).POST("/orders", { body: orderRequest });
      expect(await failureOf(order)).toBeInstanceOf(OutcomeUnknownError);
    }
  });

  test.each([
    null,
    undefined,
  ])("leaves the outcome of an order unknown when its headers are %s", async (none) => {
    const dispatch = (_options: never, handler: Handler) => {
      handler.onConnect?.(() => {});
      handler.onHeaders?.(204, none, () => {}, "");
      handler.onComplete?.([]);
    };
    const order = createClient({ dispatch }).POST("/orders", { body: orderRequest });
    expect(await failureOf(order)).toBeInstanceOf(OutcomeUnknownError);
  });
});

describe("a dispatcher of somebody's own", () => {
  const controller = { abort() {}, pause() {}, resume() {} };

  test("may read the body of an order before it announces it", async () => {
    const agent = new Agent();
    const dispatch = async (options: { readonly body: AsyncIterable<Uint8Array> }, handler: Handler) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of options.body) chunks.push(chunk);
      agent.dispatch({ ...options, body: Buffer.concat(chunks) } as never, handler as never);
    };
    const { data } = await createClient({ dispatch }).POST("/orders", { body: orderRequest });
    expect(data).toEqual({ id: "o-1" });
  });

  test("may hand over bytes that are no Buffer, and headers as an object or as strings", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const heads: ((handler: Handler) => void)[] = [
      ({ onResponseStart }) => void onResponseStart?.(controller, 200, { "X-A": ["1", "2"] }, undefined),
      ({ onHeaders }) => void onHeaders?.(200, { "X-A": ["1", "2"] }),
      ({ onHeaders }) => void onHeaders?.(200, ["X-A", "1", "x-a", bytes("2")]),
    ];
    for (const head of heads) {
      for (const chunks of [["é{}"], ["é{", "}"]]) {
        const dispatch = (_options: never, handler: Handler) => {
          head(handler);
          for (const chunk of chunks) handler.onResponseData?.(controller, bytes(chunk));
          handler.onResponseEnd?.(controller, {});
        };
        const { data, response } = await createClient({ dispatch }).GET("/orders", { parseAs: "text" });
        expect([data, response.headers.get("x-a")]).toEqual(["é{}", "1, 2"]);
      }
    }
  });

  const unstoppable: Readonly<Record<string, unknown>> = {
    "gives no abort": {},
    "gives an abort that throws": {
      abort: () => {
        throw new Error("The log is full.");
      },
    },
    "gives an abort that rejects": { abort: () => Promise.reject(new Error("The log is full.")) },
  };
  test.each(
    Object.entries(unstoppable),
  )("that %s ends its calls in time, and not the process", async (_what, steering) => {
    const { abort } = steering as { readonly abort?: () => void };
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on("uncaughtException", note).on("unhandledRejection", note);
    for (const begin of ["onRequestStart", "onConnect"]) {
      const dispatch = (_options: never, handler: Handler) =>
        void handler[begin]?.(begin === "onConnect" ? abort : steering);
      const client = createClient({ dispatch });
      const order = client.POST("/orders", { body: orderRequest, timeoutMs: 50 });
      expect(await failureOf(order)).toBeInstanceOf(OutcomeUnknownError);
      const aborting = new AbortController();
      const read = failureOf(client.GET("/orders", { signal: aborting.signal }));
      setTimeout(() => aborting.abort(), 20);
      expect(await read).toMatchObject({ name: "AbortError" });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("uncaughtException", note).off("unhandledRejection", note);
    expect(uncaught).toEqual([]);
  });
});

test("a dispatcher that resumes a read does so with all of its headers", async () => {
  const text = JSON.stringify({ orders: [], more: "x".repeat(1_000) });
  const headers = { "content-type": "application/json", etag: '"1"' };
  server.script = ({ number }, response) => {
    const length = number === 1 ? text.length : text.length - 500;
    const range = { "content-range": `bytes 500-${text.length - 1}/${text.length}` };
    response.writeHead(number === 1 ? 200 : 206, {
      ...{ ...headers, "content-length": length },
      ...(number > 1 && range),
    });
    if (number === 1) response.write(text.slice(0, 500), () => response.destroy());
    else response.end(text.slice(500));
    return undefined;
  };
  const client = createClient(new RetryAgent(new Agent(), { minTimeout: 1 }));
  expect((await client.GET("/orders")).data).toEqual(JSON.parse(text));
  const [first, resumed] = server.requests;
  const { range, "if-match": _match, ...others } = resumed?.headers ?? {};
  expect(range).toMatch(/^bytes=500-/);
  expect(others).toEqual(first?.headers);
});

test("a mock of undici that loses the response to an order has no second one", async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  const api = mock.get(server.origin);
  api.intercept({ path: "/orders", method: "GET" }).reply(200, {});
  const lost = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
  api.intercept({ path: "/orders", method: "POST" }).replyWithError(lost);
  api.intercept({ path: "/orders", method: "POST" }).reply(201, { id: "second" });
  const client = createClient(mock);
  await client.GET("/orders");
  const error = await failureOf(client.POST("/orders", { body: orderRequest }));
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  expect(mock.pendingInterceptors()).toHaveLength(1);
});

test("a mock of undici takes the place of the API", async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  const body = (sent: string) => JSON.parse(sent).daysSupply === orderRequest.daysSupply;
  mock.get(server.origin).intercept({ path: "/orders", method: "POST", body }).reply(201, { id: "o-2" });
  const client = createClient(mock);
  expect((await client.POST("/orders", { body: orderRequest })).data).toEqual({ id: "o-2" });
});
