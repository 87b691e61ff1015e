import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import Fastify from "fastify";
import {
  ConfigurationError,
  createFulfillmentClient,
  createTokenSource,
  type FulfillmentClientOptions,
  fromEnv,
  signWebhook,
  verifyWebhook,
} from "juniper-fulfillment";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { event, payload, secret } from "../../scripts/samples/deliveries.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { checkOptions } from "../../src/wrapper/check-options.ts";
import { environments } from "../../src/wrapper/environment.ts";
import { corrected } from "../support/documents.ts";

const credentials = { clientId: "id", clientSecret: "secret" };
const { sandbox, production } = environments;

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("createFulfillmentClient refuses at construction", () => {
  const wrong: readonly [string, unknown, RegExp][] = [
    ["no options", undefined, /takes an object of options/],
    ["no credentials", {}, /clientId and clientSecret must be set/],
    ["an empty secret", { ...credentials, clientSecret: "" }, /clientId and clientSecret must be set/],
    [
      "a secret that is no string",
      { ...credentials, clientSecret: 5 },
      /clientId and clientSecret must be set/,
    ],
    ["a token beside credentials", { ...credentials, accessToken: "t" }, /not both/],
    ["an empty token", { accessToken: "" }, /access token/],
    ["a token with a line break", { accessToken: "t\r\nx: y" }, /access token/],
    ["an unknown environment", { ...credentials, environment: "staging" }, /environment must be/],
    ["an inherited name as environment", { ...credentials, environment: "toString" }, /environment must be/],
    [
      "a base URL that is none",
      { ...credentials, baseUrl: "api.example.com" },
      /baseUrl must be an absolute URL/,
    ],
    [
      "a base URL over plain http",
      { ...credentials, baseUrl: "http://api.example.com" },
      /baseUrl must be https/,
    ],
    ["a base URL of another scheme", { ...credentials, baseUrl: "ftp://localhost" }, /baseUrl must be https/],
    [
      "a host that only looks like loopback",
      { ...credentials, baseUrl: "http://127.evil.example" },
      /must be https/,
    ],
    [
      "a base URL with a password",
      { ...credentials, baseUrl: "https://u:hunter2@a.example" },
      /no user, password/,
    ],
    [
      "a base URL with a query",
      { ...credentials, baseUrl: "https://a.example/?x=1" },
      /no user, password, query/,
    ],
    [
      "a token URL over plain http",
      { ...credentials, tokenUrl: "http://auth.example.com" },
      /tokenUrl must be https/,
    ],
    [
      "a base URL without the token URL that goes with it",
      { ...credentials, baseUrl: "https://gateway.example/v1" },
      /baseUrl and tokenUrl go together/,
    ],
    [
      "a token URL without the base URL that goes with it",
      { ...credentials, tokenUrl: "https://gateway.example/token" },
      /baseUrl and tokenUrl go together/,
    ],
    [
      "the API of one environment and the token endpoint of the other",
      { ...credentials, baseUrl: production.baseUrl, tokenUrl: sandbox.tokenUrl },
      /name different environments/,
    ],
    [
      "an environment and the API of the other one",
      { ...credentials, environment: "production", baseUrl: sandbox.baseUrl },
      /name different environments/,
    ],
    [
      "a list of insecure origins that is none",
      { ...credentials, allowInsecureHttp: "http://proxy.internal" },
      /allowInsecureHttp must be a list of origins/,
    ],
    [
      "an insecure origin that is spelled as nothing is matched",
      { ...credentials, allowInsecureHttp: ["http://Proxy.internal:80/"] },
      /allowInsecureHttp must be a list of origins/,
    ],
    [
      "plain http to another port of a proxy",
      { accessToken: "t", baseUrl: "http://proxy.internal:81", allowInsecureHttp: ["http://proxy.internal"] },
      /baseUrl must be https\. Plain http is .* allowInsecureHttp/,
    ],
    ["a fetch that is no function", { ...credentials, fetch: true }, /fetch must be a function/],
    ["a hook that is no function", { ...credentials, onRetry: "log" }, /onRetry must be a function/],
    [
      "a store without delete",
      { ...credentials, tokenStore: { get() {}, set() {} } },
      /tokenStore must have/,
    ],
    [
      "a correction id that is none",
      { ...credentials, corrections: { zip: false } },
      /corrections must map ids/,
    ],
    [
      "a correction that is no switch",
      { ...credentials, corrections: { "JH-01": "off" } },
      /corrections must map ids/,
    ],
    ["negative retries", { ...credentials, maxRetries: -1 }, /maxRetries must be a whole number from 0/],
    ["a timeout of no time", { ...credentials, timeoutMs: 0 }, /timeoutMs must be a whole number from 1/],
    ["a deadline that no timer can hold", { ...credentials, deadlineMs: 2 ** 31 }, /deadlineMs must be/],
    ["a limit that is no number", { ...credentials, maxResponseBytes: "1MB" }, /maxResponseBytes must be/],
    [
      "a checkDosage that is no switch",
      { ...credentials, checkDosage: "no" },
      /checkDosage must be true or false/,
    ],
    [
      "a misspelt option",
      { ...credentials, enviroment: "production" },
      /^createFulfillmentClient has no option "enviroment"\. Did you mean environment\?$/,
    ],
    [
      "a misspelt option that is undefined",
      { ...credentials, timeoutMS: undefined },
      /^createFulfillmentClient has no option "timeoutMS"\. Did you mean timeoutMs\?$/,
    ],
    [
      "a misspelt option of node",
      { ...credentials, node: { keepAliveTimeout: 1 } },
      /^node has no option "keepAliveTimeout"\. Did you mean keepAliveTimeoutMs\?$/,
    ],
  ];
  for (const [name, options, message] of wrong) {
    test(name, () => {
      const found = messageOf(() => createFulfillmentClient(options as FulfillmentClientOptions));
      expect(found).toMatch(message);
      expect(found).not.toMatch(/secret"|hunter2/);
    });
  }
});

describe("createFulfillmentClient accepts", () => {
  const right: readonly [string, FulfillmentClientOptions][] = [
    ["credentials alone", credentials],
    ["a token alone", { accessToken: "eyJ.a-b_c~d+e/f==" }],
    ["a function for the token", { accessToken: async () => "t" }],
    [
      "options that are undefined",
      { ...credentials, environment: undefined, baseUrl: undefined, fetch: undefined },
    ],
    [
      "plain http to this machine",
      { ...credentials, baseUrl: "http://localhost:4010", tokenUrl: "http://[::1]:4010/t" },
    ],
    [
      "plain http to a proxy that is named",
      {
        ...credentials,
        baseUrl: "http://proxy.internal:8080/v1",
        tokenUrl: "http://proxy.internal:8080/token",
        allowInsecureHttp: ["http://proxy.internal:8080"],
      },
    ],
    [
      "an address of the API's alone, where nobody signs in",
      { accessToken: "t", baseUrl: "https://a.example" },
    ],
    [
      "what is like none of its options, in an object that is handed around",
      Object.assign({ ...credentials }, { timing: 1, breakingOrigin: "https://a.example", http2: {}, x: 1 }),
    ],
    ["a Map as token store", { ...credentials, tokenStore: new Map() }],
    ["a correction that has been retired", { ...credentials, corrections: { "JH-99": false } }],
  ];
  for (const [name, options] of right) {
    test(name, () => {
      expect(createFulfillmentClient(options).GET).toBeTypeOf("function");
    });
  }
});

describe("a browser", () => {
  // Electron's windows are browsers, and have the `process` that the test runner needs.
  beforeEach(() => {
    vi.stubGlobal("process", Object.create(process, { type: { value: "renderer" } }));
  });

  test("may not have the client's secret, unless its owner insists", () => {
    expect(messageOf(() => createFulfillmentClient(credentials))).toMatch(
      /could read clientSecret\. .* dangerouslyAllowBrowser/,
    );
    expect(messageOf(() => createTokenSource(credentials))).toMatch(/could read clientSecret/);
    const insisting = { ...credentials, dangerouslyAllowBrowser: true };
    expect(createFulfillmentClient(insisting).GET).toBeTypeOf("function");
  });

  test("may have an access token, and verify webhooks", async () => {
    expect(createFulfillmentClient({ accessToken: "t" }).GET).toBeTypeOf("function");
    const signature = await signWebhook({ payload, secret });
    expect(await verifyWebhook({ payload, signature, secret })).toEqual(event);
  });

  for (const name of ["WebSocketPair", "Deno", "Bun"]) {
    test(`is not what has ${name}, which may have the secret`, () => {
      vi.stubGlobal(name, {});
      expect(createFulfillmentClient(credentials).GET).toBeTypeOf("function");
    });
  }
});

describe("environments", () => {
  test("are the servers of the document, the sandbox by default", () => {
    const servers = corrected.servers as { url: string }[];
    const urls = [checkOptions(credentials), checkOptions({ ...credentials, environment: "production" })];
    expect(urls.map(({ baseUrl }) => baseUrl)).toEqual(servers.map(({ url }) => url));
  });

  test("come with the token endpoint that the vendor names", () => {
    expect(checkOptions(credentials).tokenUrl).toBe(
      "https://auth.fulfillment.sandbox.juniperhealth.com/oauth2/token",
    );
    expect(checkOptions({ ...credentials, environment: "production" }).tokenUrl).toBe(
      "https://auth.fulfillment.juniperhealth.com/oauth2/token",
    );
  });

  test("JH-04: baseUrl overrides the base path", () => {
    const tokenUrl = "https://auth.example.com/token";
    expect(checkOptions({ ...credentials, baseUrl: "https://api.example.com/", tokenUrl }).baseUrl).toBe(
      "https://api.example.com",
    );
  });

  test("are not mixed: one address of an environment brings the other one of it", () => {
    const production = checkOptions({ ...credentials, environment: "production" });
    const { baseUrl, tokenUrl } = production;
    const withoutVersion = baseUrl.replace(/\/v1$/, "");
    expect(checkOptions({ ...credentials, baseUrl: withoutVersion })).toMatchObject({
      baseUrl: withoutVersion,
      tokenUrl,
    });
    expect(checkOptions({ ...credentials, tokenUrl })).toMatchObject({ baseUrl, tokenUrl });
    const proxy = "https://gateway.example/v1";
    expect(checkOptions({ ...credentials, environment: "production", baseUrl: proxy })).toMatchObject({
      baseUrl: proxy,
      tokenUrl,
    });
  });

  test("are not mixed by the address of a call either, which gets no token of the other one", async () => {
    const sent: string[] = [];
    const fetch = async ({ url }: Request): Promise<Response> => {
      sent.push(url);
      return Response.json({ access_token: "t", token_type: "bearer", expires_in: 60, id: "o-1" });
    };
    const proxy = { ...credentials, environment: "production", baseUrl: "https://a.example" } as const;
    const clients = [
      [{ ...credentials, environment: "production", fetch }, sandbox],
      [{ ...credentials, fetch }, production],
      [{ accessToken: "t", fetch }, production],
      [{ ...proxy, fetch }, sandbox],
      [{ ...credentials, tokenUrl: production.tokenUrl, fetch }, sandbox],
      [{ accessToken: "t", baseUrl: production.baseUrl, fetch }, sandbox],
    ] as const;
    for (const [options, { baseUrl }] of clients) {
      const call = createFulfillmentClient(options).POST("/orders", { body: orderRequest, baseUrl });
      await expect(call).rejects.toThrow(/name different environments/);
    }
    expect(sent).toEqual([]);
    const own = { accessToken: "t", baseUrl: "https://a.example", fetch };
    for (const { baseUrl } of [production, sandbox])
      await createFulfillmentClient(own).POST("/orders", { body: orderRequest, baseUrl });
    const { baseUrl } = production;
    const client = createFulfillmentClient({ ...proxy, fetch });
    await client.POST("/orders", { body: orderRequest, baseUrl });
    await client.POST("/orders", { body: orderRequest, baseUrl: "https://b.example" });
    expect(sent.filter((url) => url.endsWith("/orders"))).toEqual(
      [production.baseUrl, sandbox.baseUrl, production.baseUrl, "https://b.example"].map(
        (url) => `${url}/orders`,
      ),
    );
  });
});

describe("a token source", () => {
  test("takes options that are read by accessors of a class, as the client does", () => {
    class Config {
      get clientId() {
        return "id";
      }
      get clientSecret() {
        return "secret";
      }
    }
    expect(createFulfillmentClient(new Config()).GET).toBeTypeOf("function");
    expect(createTokenSource(new Config()).getToken).toBeTypeOf("function");
  });

  test("a token source names itself where its options are wrong", () => {
    expect(messageOf(() => createTokenSource(undefined as never))).toBe(
      "createTokenSource takes an object of options.",
    );
    expect(messageOf(() => createTokenSource({ ...credentials, timeoutMS: 5 } as never))).toBe(
      'createTokenSource has no option "timeoutMS". Did you mean timeoutMs?',
    );
  });
});

describe("fromEnv", () => {
  const env = { JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: "secret" };
  /** With the secret that the function returns. */
  const read = (from: object): object => {
    const options = fromEnv(from);
    return { ...options, clientSecret: options.clientSecret() };
  };

  test("reads the credentials and the environment", () => {
    expect(read(env)).toEqual(credentials);
    expect(read({ ...env, JUNIPER_ENVIRONMENT: "production" })).toEqual({
      ...credentials,
      environment: "production",
    });
    expect(read({ ...env, JUNIPER_ENVIRONMENT: "" })).toEqual(credentials);
  });

  test("reads the addresses, as the commands do", () => {
    const addresses = { baseUrl: "https://a.example/v1", tokenUrl: "https://a.example/token" };
    const { baseUrl: JUNIPER_BASE_URL, tokenUrl: JUNIPER_TOKEN_URL } = addresses;
    expect(read({ ...env, JUNIPER_BASE_URL, JUNIPER_TOKEN_URL })).toEqual({
      ...credentials,
      ...addresses,
    });
    expect(read({ ...env, JUNIPER_BASE_URL: "", JUNIPER_TOKEN_URL: "" })).toEqual(credentials);
    expect(messageOf(() => createFulfillmentClient(fromEnv({ ...env, JUNIPER_BASE_URL })))).toMatch(
      /baseUrl and tokenUrl go together/,
    );
  });

  test("gives a token source an address by which it knows where the secret may go", () => {
    const JUNIPER_BASE_URL = "https://gateway.example/v1";
    expect(messageOf(() => createTokenSource(fromEnv({ ...env, JUNIPER_BASE_URL })))).toMatch(/go together/);
    const JUNIPER_TOKEN_URL = "https://gateway.example/token";
    expect(createTokenSource(fromEnv({ ...env, JUNIPER_BASE_URL, JUNIPER_TOKEN_URL })).requestCount).toBe(0);
    expect(createTokenSource(credentials).requestCount).toBe(0);
  });

  test("takes the env of a Worker, with its other bindings", () => {
    interface Env {
      JUNIPER_CLIENT_ID: string;
      JUNIPER_CLIENT_SECRET: string;
      ORDERS: { get(key: string): Promise<string | null> };
    }
    const worker: Env = { ...env, ORDERS: { get: async () => null } };
    expect(read(worker)).toEqual(credentials);
    const secret = { get: async () => "secret" };
    expect(messageOf(() => fromEnv({ ...env, JUNIPER_CLIENT_SECRET: secret }))).toBe(
      "JUNIPER_CLIENT_SECRET must be a string. A binding to a secret is read first, with await binding.get().",
    );
  });

  test("keeps the secret from whatever logs, inspects or serializes its result or a copy", () => {
    let written = "";
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        written += chunk;
        done();
      },
    });
    const console = new Console(stdout);
    const { log } = Fastify({ logger: { stream: stdout } });
    for (const options of [fromEnv(env), { ...fromEnv(env), maxRetries: 4 }]) {
      console.dir(options, { showHidden: true, getters: true, customInspect: false, showProxy: true });
      console.table(options);
      log.info(options);
      log.child(options).info({ options });
      written += inspect(options) + JSON.stringify({ options }) + String(options);
    }
    expect(written).toContain('"clientId":"id"');
    expect(written).not.toMatch(/["' ]secret["' ]/);
  });

  test("gives the secret to the client, also in a copy, and lets another one take its place", () => {
    const options = { ...fromEnv(env) };
    expect(checkOptions(options).credentials).toEqual(credentials);
    options.clientSecret = () => "another";
    expect(checkOptions(options).credentials).toEqual({ ...credentials, clientSecret: "another" });
    expect(messageOf(() => checkOptions({ ...options, clientSecret: () => "" }))).toMatch(/must be set/);
  });

  test("names what is missing", () => {
    expect(messageOf(() => fromEnv({}))).toBe(
      "JUNIPER_CLIENT_ID and JUNIPER_CLIENT_SECRET must be set in the environment.",
    );
    expect(messageOf(() => fromEnv({ JUNIPER_CLIENT_ID: "id" }))).toMatch(/^JUNIPER_CLIENT_SECRET must/);
  });

  test("refuses another environment", () => {
    expect(messageOf(() => fromEnv({ ...env, JUNIPER_ENVIRONMENT: "staging" }))).toMatch(
      /JUNIPER_ENVIRONMENT/,
    );
  });
});
