import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { build } from "esbuild";
import * as complete from "juniper-fulfillment";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { errorCodesPage, errorCodesPath, readErrorCodes } from "../../scripts/messages/error-codes.ts";
import { messageTextsOf } from "../../scripts/messages/message-texts.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

const builtPath = join(projectRoot, "dist/browser/index.js");
// What was built has the types of the package.
const built: typeof complete = await import(builtPath);

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer(() => ({ json: {} }));
});
beforeEach(() => {
  server.requests.length = 0;
  server.script = () => ({ json: {} });
});
afterAll(() => server.close());

const withToken = (): complete.FulfillmentClientOptions => ({ accessToken: "t", baseUrl: server.origin });
const anOrder = { params: { path: { orderId: "o" } } };

async function bundle(...conditions: string[]) {
  const { metafile } = await build({
    stdin: {
      contents: 'export { createFulfillmentClient, unwrap } from "juniper-fulfillment";',
      resolveDir: projectRoot,
    },
    ...{ bundle: true, write: false, metafile: true, splitting: true, outdir: "bundle", format: "esm" },
    ...{ platform: "neutral", conditions, external: ["undici", "node:*"], logLevel: "silent" },
  });
  return metafile;
}

async function errorOf(use: () => unknown): Promise<complete.FulfillmentError> {
  try {
    await use();
  } catch (error) {
    return error as complete.FulfillmentError;
  }
  throw new Error("Nothing was refused.");
}

describe("the build for production bundles for browsers", () => {
  test.each([
    [["browser", "production"], true],
    [["browser", "development"], false],
    [["production"], false],
    [["node", "production"], false],
    [["workerd", "worker", "browser", "production"], false],
    [["edge-light", "browser", "production"], false],
    [["bun", "browser", "production"], false],
    [["deno", "browser", "production"], false],
  ])("is taken under the conditions %j: %s", async (conditions, isTaken) => {
    const { inputs } = await bundle(...conditions);
    expect("dist/browser/index.js" in inputs).toBe(isTaken);
  });

  test("leaves sign-in with a secret, streams and warming up to files that are loaded when they are needed", async () => {
    const { outputs } = await bundle("browser", "production");
    const [entry] = Object.values(outputs).filter(({ entryPoint }) => entryPoint === "<stdin>");
    const lazy = entry?.imports.filter(({ kind }) => kind === "dynamic-import") ?? [];
    const names = lazy.map(({ path }) => /(\w+-\w+)-\w{8}-\w{8}\.js$/.exec(path)?.[1]);
    expect(names.sort()).toEqual(["limit-body", "token-source", "warm-up"]);
    const atFirst = entry?.imports.filter(({ kind }) => kind !== "dynamic-import") ?? [];
    expect(atFirst.filter(({ path }) => lazy.some((file) => file.path === path))).toEqual([]);
  });

  test("has the exports of the other", () => {
    expect(Object.keys(built).sort()).toEqual(Object.keys(complete).sort());
  });

  test("holds none of the texts for which docs/error-codes.md has numbers, and no number that it doesn't have", async () => {
    const code = readFileSync(builtPath, "utf8");
    const texts = messageTextsOf(code, builtPath).map(({ text }) => text);
    expect(texts.filter((text) => !/^#\d+$/.test(text))).toEqual([]);
    const { numbers } = await readErrorCodes(projectRoot);
    const used = [...code.matchAll(/shortText\((\d+)/g)].map(([, number]) => Number(number));
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter((number) => ![...numbers.values()].includes(number))).toEqual([]);
  });

  test("has all its texts in docs/error-codes.md, under different numbers", async () => {
    expect(await errorCodesPage(projectRoot)).toBe(readFileSync(join(projectRoot, errorCodesPath), "utf8"));
    const { numbers } = await readErrorCodes(projectRoot);
    expect(new Set(numbers.values()).size).toBe(numbers.size);
  });
});

describe("a production bundle refuses what every other refuses, and says the number of the text:", () => {
  const client = (options: object) => (api: typeof complete) =>
    api.createFulfillmentClient({ ...withToken(), ...options });
  const call = (use: (client: complete.FulfillmentClient) => Promise<unknown>) => (api: typeof complete) =>
    use(api.createFulfillmentClient(withToken()));

  test.each<[string, (api: typeof complete) => unknown]>([
    ["no options", (api) => api.createFulfillmentClient(undefined as never)],
    ["no credentials", (api) => api.createFulfillmentClient({} as never)],
    ["half a sign-in", (api) => api.createFulfillmentClient({ clientId: "a", clientSecret: "" })],
    ["two ways to sign in", client({ clientId: "a" })],
    ["an access token with a line break", client({ accessToken: "a\nb" })],
    ["a hook that is no function", client({ onCall: 1 })],
    ["a switch that is none", client({ conceal: 1 })],
    ["an unknown environment", client({ baseUrl: undefined, environment: "live" })],
    [
      "two environments",
      client({ baseUrl: "https://api.fulfillment.juniperhealth.com/v1", environment: "sandbox" }),
    ],
    ["plain http", client({ baseUrl: "http://example.com" })],
    ["a URL with a password", client({ baseUrl: "https://a:b@example.com" })],
    ["a URL that is none", client({ baseUrl: "example" })],
    ["an origin that is none", client({ allowInsecureHttp: ["example"] })],
    ["a correction that is none", client({ corrections: { zip: false } })],
    ["a limit out of its bounds", client({ timeoutMs: 0 })],
    ["a store without get", client({ tokenStore: {} })],
    ["a user agent with a line break", client({ userAgent: "a\nb" })],
    ["node that is no object", client({ node: 1 })],
    [
      "a path that leads elsewhere",
      call((c) => c.GET("/orders/{orderId}", { params: { path: { orderId: ".." } } })),
    ],
    [
      "a path with a slash",
      call((c) => c.GET("/orders/{orderId}", { params: { path: { orderId: "a/b" } } })),
    ],
    ["a path without its parameter", call((c) => c.GET("/orders/{orderId}", {} as never))],
    ["a path with a query", call((c) => c.GET("/orders?a=b" as never))],
    [
      "a query that is no value",
      call((c) => c.GET("/orders", { params: { query: { status: Symbol() } } } as never)),
    ],
    ["a header of the connection", call((c) => c.GET("/orders", { headers: { host: "a" } }))],
    ["a header with a line break", call((c) => c.GET("/orders", { headers: { "x-a": "a\nb" } }))],
    ["a signal that is none", call((c) => c.GET("/orders", { signal: new AbortController() as never }))],
    ["a body that JSON can't express", call((c) => c.POST("/orders", { body: 1n as never }))],
    [
      "doses that don't add up",
      call((c) =>
        c.POST("/protocols", {
          body: {
            lineItems: [{ quantity: 1, administration: { morning: 1, afternoon: 1, evening: 0, sleep: 0 } }],
          } as never,
        }),
      ),
    ],
  ])("%s", async (_name, use) => {
    const [full, short] = [await errorOf(() => use(complete)), await errorOf(() => use(built))];
    expect({ name: short.name, code: short.code }).toEqual({ name: full.name, code: full.code });
    expect(short).toBeInstanceOf(complete.FulfillmentError);
    const [, said = ""] =
      /^Error (\d+.*)\. See docs\/error-codes\.md of juniper-fulfillment\.$/.exec(short.message) ?? [];
    expect(full.message).toMatch(await patternOf(said));
    expect(server.requests).toEqual([]);
  });

  /** What the text with this number looks like, and the texts that are put into it. */
  async function patternOf(said: string): Promise<RegExp> {
    const { numbers } = await readErrorCodes(projectRoot);
    const textOf = (number: string): string => {
      const [text] = [...numbers].find(([, candidate]) => candidate === Number(number)) ?? [];
      if (text === undefined) throw new Error(`docs/error-codes.md has no ${number}.`);
      return text;
    };
    const [number = "", ...inserted] = said.split(", ");
    const parts = inserted.filter((part) => part.startsWith("#")).map((part) => textOf(part.slice(1)));
    const escaped = textOf(number).replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    const pattern = escaped.replace(/\{(\w+|…)\}/g, (_all, name) =>
      name === "problem" ? (parts.shift() ?? "") : ".*",
    );
    return new RegExp(`^${pattern}$`);
  }
});

describe("a production bundle", () => {
  test("signs in with a secret, replays once after a 401, and corrects the spelling", async () => {
    server.script = ({ path, number }) =>
      path === "/token"
        ? { json: { access_token: `t${number}`, token_type: "Bearer", expires_in: 60 } }
        : number === 2
          ? { status: 401, json: {} }
          : { json: { orderType: "ONE-TIME", customer: { address: { zip: "12345" } } } };
    const client = built.createFulfillmentClient({
      ...{ clientId: "a", clientSecret: "b" },
      ...{ baseUrl: server.origin, tokenUrl: `${server.origin}/token` },
    });
    const order = built.unwrap(await client.GET("/orders/{orderId}", anOrder));
    expect(order).toMatchObject({ orderType: "ONE_TIME", customer: { address: { zipCode: "12345" } } });
    expect(server.requests.map(({ path }) => path)).toEqual(["/token", "/orders/o", "/token", "/orders/o"]);
    expect(server.requests.at(-1)?.headers.authorization).toBe("Bearer t3");
  });

  test("requests one token for all calls that wait for it", async () => {
    server.script = ({ path }) =>
      path === "/token"
        ? { json: { access_token: "t", token_type: "Bearer", expires_in: 3600 } }
        : { json: {} };
    const tokens = built.createTokenSource({
      clientId: "a",
      clientSecret: "b",
      tokenUrl: `${server.origin}/token`,
    });
    expect(await Promise.all([tokens.getToken(), tokens.getToken(), tokens.getToken()])).toEqual([
      "t",
      "t",
      "t",
    ]);
    expect(tokens.requestCount).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test("retries what can be repeated", async () => {
    server.script = ({ number }) =>
      number === 1 ? { status: 503, headers: { "retry-after": "0" } } : { json: { id: "o" } };
    const client = built.createFulfillmentClient(withToken());
    expect(built.unwrap(await client.GET("/orders/{orderId}", anOrder))).toMatchObject({ id: "o" });
    expect(server.requests).toHaveLength(2);
  });

  test("sends an order once when its connection breaks, and says that the outcome is unknown", async () => {
    server.script = (_request, response) => void response.destroy();
    const client = built.createFulfillmentClient(withToken());
    const sending = client.POST("/orders", { body: { lineItems: [] } as never });
    await expect(sending).rejects.toBeInstanceOf(complete.OutcomeUnknownError);
    expect(server.requests).toHaveLength(1);
  });

  test("streams a body within its limits", async () => {
    server.script = () => ({ text: "x".repeat(1_000) });
    const client = built.createFulfillmentClient(withToken());
    const { data } = await client.GET("/orders", { parseAs: "stream" });
    expect(await new Response(data as unknown as ReadableStream).text()).toHaveLength(1_000);
    const limited = await client.GET("/orders", { parseAs: "stream", maxResponseBytes: 100 });
    const reading = new Response(limited.data as unknown as ReadableStream).text();
    await expect(reading).rejects.toBeInstanceOf(complete.UnexpectedResponseError);
  });

  test("warms up", async () => {
    await built.createFulfillmentClient(withToken()).warmup();
    expect(server.requests.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  test("never takes an order for not sent, since no browser says so", async () => {
    const gone = await startScriptedServer(() => ({}));
    await gone.close();
    const client = built.createFulfillmentClient({ ...withToken(), baseUrl: gone.origin });
    const sending = client.POST("/orders", { body: { lineItems: [] } as never });
    await expect(sending).rejects.toBeInstanceOf(complete.OutcomeUnknownError);
  });

  test("counts the issues of a refused request, and names their fields by describeIssues alone", async () => {
    server.script = () => ({ status: 422, json: { detail: [{ loc: ["body", "email"], type: "missing" }] } });
    const client = built.createFulfillmentClient(withToken());
    const result = await client.GET("/orders");
    const error = await errorOf(() => built.unwrap(result));
    expect(error.message).toBe("GET /orders returned 422: 1 issue.");
    expect(built.describeIssues(error)).toEqual(["email: missing"]);
  });

  test("conceals all of a response when asked to, where something else than a browser shows it", async () => {
    server.script = () => ({ json: { id: "o", customer: { email: "a@example.com" } } });
    const client = built.createFulfillmentClient({ ...withToken(), conceal: true });
    const { data } = await client.GET("/orders/{orderId}", anOrder);
    expect(inspect(data)).toBe("[concealed]");
    expect(inspect(data?.customer)).toBe("[concealed]");
    expect(JSON.stringify(data)).toContain("a@example.com");
  });

  test.each([
    "connections",
    "tls",
    "http2",
    "keepAliveTimeoutMs",
    "dispatcher",
  ])("refuses node.%s, which a browser can't honour", (name) => {
    const options = { ...withToken(), node: { [name]: {} } } as never;
    expect(() => built.createFulfillmentClient(options)).toThrow(/^Error \d+, .+\. See /);
  });
});
