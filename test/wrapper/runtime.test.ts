import {
  ConfigurationError,
  createFulfillmentClient,
  memoryLedger,
  paginate,
  type SubmitOrderOptions,
  submitOrder,
  submitOrders,
} from "juniper-fulfillment";
import { afterEach, describe, expect, test, vi } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { startScriptedServer } from "../../scripts/samples/scripted-server.ts";
import { mayRepeatPosts } from "../../src/wrapper/runtime.ts";

const ofNode = (type?: string) => ({
  process: { versions: { node: "20.19.0" }, type, [Symbol.toStringTag]: "process" },
});

describe("whether the runtime's fetch may send a POST again", () => {
  test.each([
    ["Node", ofNode()],
    ["the main process of Electron", ofNode("browser")],
    ["Bun", { Bun: {} }],
    ["Deno", { Deno: {} }],
    ["workerd", { WebSocketPair: class {}, navigator: { userAgent: "Cloudflare-Workers" } }],
    ["Vercel's edge runtime", { EdgeRuntime: "edge-runtime" }],
  ])("it does not on %s", (_name, globals) => expect(mayRepeatPosts(globals)).toBe(false));

  test.each([
    ["a page", { window: {}, document: {} }],
    ["a page whose bundle has a process", { process: { versions: { node: "16.0.0" } } }],
    ["a page that calls itself a Worker", { navigator: { userAgent: "Cloudflare-Workers" } }],
    ["a window of Electron", ofNode("renderer")],
    ["a web worker of Electron", ofNode("worker")],
    ["a runtime that isn't known", {}],
  ])("it may in %s", (_name, globals) => expect(mayRepeatPosts(globals as object)).toBe(true));
});

describe("submitOrder where a POST may be repeated", () => {
  afterEach(() => Reflect.deleteProperty(process, "type"));

  async function submit(options: Partial<SubmitOrderOptions>) {
    const server = await startScriptedServer(() => ({ status: 201, json: { id: "o-1" } }));
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    Object.assign(process, { type: "renderer" });
    const call = submitOrder(client, orderRequest, { reference: "r-1", ledger: memoryLedger(), ...options });
    const result = await call.catch((error: unknown) => error);
    await server.close();
    return { result, sent: server.requests.length };
  }

  test("is refused before anything is sent", async () => {
    const { result, sent } = await submit({});
    expect(result).toBeInstanceOf(ConfigurationError);
    expect((result as Error).message).toContain("acceptDuplicates");
    expect(sent).toBe(0);
  });

  test("goes ahead when duplicates are acceptable", async () => {
    expect(await submit({ acceptDuplicates: true })).toMatchObject({
      result: { outcome: "created" },
      sent: 1,
    });
  });
});

describe("where a test environment has put its own signals in place of Node's, as jsdom does", () => {
  class ForeignTarget {
    readonly #listeners = new Set<() => void>();
    addEventListener(_type: string, listener: () => void): void {
      this.#listeners.add(listener);
    }
    removeEventListener(_type: string, listener: () => void): void {
      this.#listeners.delete(listener);
    }
    dispatchEvent(): void {
      for (const listener of this.#listeners) listener();
    }
  }
  class ForeignSignal extends ForeignTarget {
    aborted = false;
    reason: unknown;
    throwIfAborted(): void {
      if (this.aborted) throw this.reason;
    }
  }
  class ForeignController {
    readonly signal = new ForeignSignal();
    abort(reason: unknown): void {
      Object.assign(this.signal, { aborted: true, reason });
      this.signal.dispatchEvent();
    }
  }
  const replaced = {
    EventTarget: ForeignTarget,
    AbortSignal: ForeignSignal,
    AbortController: ForeignController,
  };
  afterEach(() => vi.unstubAllGlobals());

  test("calls, paginate and submitOrder work, and signals end what they were given to", async () => {
    const server = await startScriptedServer(({ method, number }) =>
      method === "POST"
        ? { status: 201, json: { ...orderRequest, id: `o-${number}` } }
        : { json: { orders: [{ id: "o-1" }] } },
    );
    for (const [name, value] of Object.entries(replaced)) vi.stubGlobal(name, value);
    const client = createFulfillmentClient({ accessToken: "t", baseUrl: server.origin });
    const { signal } = new AbortController();
    expect((await client.GET("/orders", { signal })).data).toEqual({ orders: [{ id: "o-1" }] });
    for await (const { id } of paginate(client, "/orders", { signal })) expect(id).toBe("o-1");
    const options = { ledger: memoryLedger(), signal };
    const submitted = await submitOrder(client, orderRequest, { reference: "r-1", ...options });
    expect(submitted).toMatchObject({ outcome: "created" });
    const submissions = [{ reference: "r-2", order: orderRequest }];
    for await (const { outcome } of submitOrders(client, submissions, { ...options, concurrency: 20 }))
      expect(outcome).toBe("created");
    server.script = () => undefined;
    const controller = new AbortController();
    const call = client.GET("/orders", { signal: controller.signal });
    const reason = new Error("stop");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await server.close();
  });
});
