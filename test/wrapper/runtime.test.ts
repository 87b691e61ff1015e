import {
  ConfigurationError,
  createFulfillmentClient,
  memoryLedger,
  type SubmitOrderOptions,
  submitOrder,
} from "juniper-fulfillment";
import { afterEach, describe, expect, test } from "vitest";
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
