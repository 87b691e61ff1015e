import { ConfigurationError, type NodeOptions } from "juniper-fulfillment";
import { afterEach, describe, expect, test } from "vitest";
import { Exchange } from "../../../src/wrapper/transport/exchange.ts";
import { createTransport } from "../../../src/wrapper/transport/web.ts";

const platformFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = platformFetch;
  for (const name of ["Bun", "Deno"]) Reflect.deleteProperty(globalThis, name);
});

/** What the runtime's fetch is given for one order. Bun's and Deno's own are tried by `npm run test:runtimes`. */
async function sent(url: string, options?: NodeOptions): Promise<RequestInit & { proxy?: unknown }> {
  let seen: RequestInit = {};
  globalThis.fetch = async (_url, init = {}) => {
    seen = init;
    return new Response("{}");
  };
  const headers = new Headers({ "content-type": "application/json" });
  const request = { method: "POST", url, headers, body: "{}", signal: undefined };
  await createTransport(options)(new Exchange(request, { streaming: false, maxResponseBytes: 10 }));
  return seen;
}

/** Deno, with an environment that may be read. */
function beDeno(variables: Record<string, string>): void {
  const env = { get: (name: string) => variables[name] };
  Object.assign(globalThis, { Deno: { env, permissions: { querySync: () => ({ state: "granted" }) } } });
}

describe("the transport on a runtime's own fetch", () => {
  test.each([
    "connections",
    "keepAliveTimeoutMs",
    "http2",
    "tls",
    "dispatcher",
  ])("refuses node.%s", (name) => {
    expect(() => createTransport({ [name]: {} })).toThrow(ConfigurationError);
    expect(() => createTransport({ [name]: {} })).toThrow(`node.${name} works on Node alone`);
  });

  test("keeps plain http from Bun's proxy, and all with proxyFromEnvironment false", async () => {
    Object.assign(globalThis, { Bun: {} });
    expect(await sent("http://localhost:1/")).toMatchObject({ proxy: false });
    expect(await sent("https://api.example.com/", { proxyFromEnvironment: false })).toMatchObject({
      proxy: false,
    });
    expect(await sent("https://api.example.com/")).not.toHaveProperty("proxy");
  });

  test("refuses what Deno would send to a proxy against what was asked for", async () => {
    beDeno({ HTTP_PROXY: "http://127.0.0.1:2" });
    await expect(sent("http://localhost:1/")).rejects.toThrow(ConfigurationError);
    expect(() => createTransport({ proxyFromEnvironment: false })).toThrow(ConfigurationError);
    beDeno({ http_proxy: "http://127.0.0.1:2", no_proxy: "127.0.0.1, localhost" });
    expect(await sent("http://localhost:1/")).toMatchObject({ method: "POST" });
  });

  test("sends a POST on Deno as a Blob, which its fetch can't send twice, with our content type", async () => {
    beDeno({});
    const { body, headers } = await sent("https://api.example.com/");
    expect([body instanceof Blob, await (body as Blob).text(), (body as Blob).type]).toEqual([
      true,
      "{}",
      "",
    ]);
    expect(new Headers(headers).get("content-type")).toBe("application/json");
  });
});
