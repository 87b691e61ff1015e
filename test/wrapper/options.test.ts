import { Console } from "node:console";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import {
  ConfigurationError,
  createFulfillmentClient,
  type FulfillmentClientOptions,
  fromEnv,
} from "juniper-fulfillment";
import { describe, expect, test } from "vitest";
import { checkOptions } from "../../src/wrapper/check-options.ts";
import { corrected } from "../support/documents.ts";

const credentials = { clientId: "id", clientSecret: "secret" };

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
    ["a Map as token store", { ...credentials, tokenStore: new Map() }],
    ["a correction that has been retired", { ...credentials, corrections: { "JH-99": false } }],
  ];
  for (const [name, options] of right) {
    test(name, () => {
      expect(createFulfillmentClient(options).GET).toBeTypeOf("function");
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
    expect(checkOptions({ ...credentials, baseUrl: "https://api.example.com/" }).baseUrl).toBe(
      "https://api.example.com",
    );
  });
});

describe("fromEnv", () => {
  const env = { JUNIPER_CLIENT_ID: "id", JUNIPER_CLIENT_SECRET: "secret" };

  test("reads the credentials and the environment", () => {
    expect(fromEnv(env)).toEqual(credentials);
    expect(fromEnv({ ...env, JUNIPER_ENVIRONMENT: "production" })).toEqual({
      ...credentials,
      environment: "production",
    });
    expect(fromEnv({ ...env, JUNIPER_ENVIRONMENT: "" })).toEqual(credentials);
  });

  test("keeps the secret from whatever inspects its result", () => {
    const options = fromEnv(env);
    const shown = [
      inspect(options),
      inspect(
        { options },
        { showHidden: true, depth: 9, getters: true, customInspect: false, showProxy: true },
      ),
      inspect(options, { showHidden: true, customInspect: false }),
      JSON.stringify({ options }),
      String(options),
    ].join();
    expect(shown).toContain("(concealed)");
    expect(shown).not.toContain('secret"');
    expect(shown).not.toContain("'secret'");
    let written = "";
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        written += chunk;
        done();
      },
    });
    new Console(stdout).dir(options);
    expect(written).not.toContain("'secret'");
  });

  test("gives the secret to whatever reads, copies or changes its result", () => {
    const options = fromEnv(env);
    expect(options.clientSecret).toBe("secret");
    expect({ ...options }).toEqual(credentials);
    expect(Object.assign({}, options)).toEqual(credentials);
    options.clientSecret = "another";
    expect({ ...options }).toEqual({ ...credentials, clientSecret: "another" });
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
