import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import {
  createFulfillmentClient,
  type FulfillmentClientOptions,
  paginate,
  unwrap,
} from "juniper-fulfillment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../../scripts/samples/requests.ts";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";
import { canary, markedBodies } from "../../support/marked-bodies.ts";

const bodies = markedBodies();
const page = { ...bodies.find(({ name }) => name === "the 200 of listOrders")?.body, cursor: undefined };

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(() => ({ json: page }));
});
afterAll(() => server.close());

const createClient = (options: Partial<FulfillmentClientOptions> = {}) =>
  createFulfillmentClient({ accessToken: "t", baseUrl: server.origin, maxRetries: 0, ...options });

function written(...values: unknown[]): string {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const console = new Console(stream);
  console.log(...values);
  console.log("%o %O", values[0], values[0]);
  console.table(values);
  return text;
}

describe("conceal", () => {
  test("keeps what tells something about a person out of what is inspected, at every depth", async () => {
    const data = unwrap(await createClient({ conceal: true }).GET("/orders"));
    const [order] = data.orders ?? [];
    const shown = [data, order, order?.customer, order?.lineItems, { deep: { data } }].map((value) =>
      inspect(value, { depth: 20, showHidden: true }),
    );
    expect(JSON.stringify(data)).toContain(canary);
    expect(shown.join()).not.toContain(canary);
    expect(shown[1]).toContain("plain-");
    expect(shown[2]).toMatch(/firstName: '\[person\]'/);
    expect(written(data, order)).not.toContain(canary);
  });

  test.each([
    ["an error that is no JSON", { status: 422, text: canary }, {}],
    ["an error that is a JSON string", { status: 422, json: canary }, {}],
    ["an error that is an object", { status: 422, json: { detail: canary } }, {}],
    ["data that is read as text", { json: page }, { parseAs: "text" }],
    ["data that is read as bytes", { text: "AAAA" }, { parseAs: "arrayBuffer" }],
  ] as const)("keeps %s out of what is inspected of a result", async (_what, response, init) => {
    const before = server.script;
    server.script = () => response;
    const client = createClient({ conceal: true });
    const result = await client.GET("/orders", init as object);
    const plain = await createClient().GET("/orders", init as object);
    server.script = before;
    const shown = [result, { deep: [result] }].map((value) =>
      inspect(value, { depth: 20, showHidden: true }),
    );
    expect(shown.join()).toContain("[concealed]");
    expect(shown.join()).not.toContain(canary);
    expect(shown.join()).not.toContain("41 41 41 41");
    expect(shown[0]).toMatch(/response: /);
    expect([result.data, result.error]).toEqual([plain.data, plain.error]);
    expect(Object.keys(result)).toEqual(Object.keys(plain));
  });

  test.each<[what: string, options: Partial<FulfillmentClientOptions>, init: object]>([
    ["a response that is read as a whole", {}, {}],
    ["a response that is streamed", {}, { parseAs: "stream" }],
    ["the runtime's own response", { fetch: globalThis.fetch }, {}],
    ["a response of a fetch for one call", {}, { fetch: (request: Request) => globalThis.fetch(request) }],
  ])("keeps a name that was searched for out of what is inspected of %s", async (_what, options, init) => {
    const before = server.script;
    server.script = ({ path }) => ({
      ...{ json: { protocols: [] }, headers: { link: `<${path}&page=2>; rel="next"` } },
    });
    const client = createClient({ conceal: true, ...options });
    const result = await client.GET("/protocols", { params: { query: { search: canary } }, ...init });
    server.script = before;
    const shown = [result, result.response, { deep: [result] }].map((value) => inspect(value, { depth: 20 }));
    expect(shown.join()).not.toContain(canary);
    expect(shown[1]).toMatch(/status: 200/);
    expect(result.response.url).toContain(canary);
    expect(result.response.headers.get("link")).toContain(canary);
  });

  test("leaves values, JSON, copies and comparisons as they are", async () => {
    const plain = unwrap(await createClient().GET("/orders"));
    const data = unwrap(await createClient({ conceal: true }).GET("/orders"));
    expect(data).toEqual(plain);
    expect(JSON.stringify(data)).toBe(JSON.stringify(plain));
    expect(structuredClone(data)).toEqual(plain);
    expect(Object.keys(data)).toEqual(Object.keys(plain));
    expect(inspect(plain, { depth: 20 })).toContain(canary);
  });

  test("holds for pages, and for what the API says of a request that it refuses", async () => {
    const client = createClient({ conceal: true });
    for await (const order of paginate(client, "/orders"))
      expect(inspect(order, { depth: 20 })).not.toContain(canary);
    server.script = () => ({ status: 400, json: { detail: `${canary} is no order` } });
    const { error } = await client.GET("/orders");
    expect(error).toMatchObject({ detail: `${canary} is no order` });
    expect(inspect(error)).toBe("[concealed]");
    server.script = () => ({ json: page });
  });

  test("takes a response that is nested deeper than calls can be", async () => {
    const nested = `${"[".repeat(8000)}{"firstName":"${canary}"}${"]".repeat(8000)}`;
    server.script = (_request, response) => {
      response.writeHead(201, { "content-type": "application/json" });
      response.end(`{"id":"o","extra":${nested}}`);
      return undefined;
    };
    const { data } = await createClient({ conceal: true }).POST("/orders", { body: orderRequest });
    server.script = () => ({ json: page });
    let deepest: unknown = (data as { extra?: unknown }).extra;
    while (Array.isArray(deepest)) [deepest] = deepest;
    expect(inspect(deepest)).toBe("{ firstName: '[person]' }");
  });

  test("must be true or false", () => {
    expect(() => createClient({ conceal: "yes" as never })).toThrow("conceal must be true or false");
  });
});
