import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import {
  ApiError,
  AuthenticationError,
  createFulfillmentClient,
  NotFoundError,
  RateLimitError,
  type TokenStore,
  UnexpectedResponseError,
  ValidationError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../../scripts/samples/scripted-server.ts";
import {
  type ClientCredentialsOptions,
  ClientCredentialsSource,
} from "../../../src/wrapper/auth/token-source.ts";
import { checkLimits } from "../../../src/wrapper/call-limits.ts";
import { memoryStore } from "../../../src/wrapper/store.ts";
import { createTransport } from "../../../src/wrapper/transport/node.ts";
import { ManualTiming } from "../../support/manual-timing.ts";

const hour = 3_600_000;
let server: ScriptedServer;
let timing: ManualTiming;

/** Answers the nth request with the token `token-n`. */
const sell = (lifetime: object = { expires_in: 3600 }) => {
  server.script = ({ number }) => ({
    json: { access_token: `token-${number}`, token_type: "Bearer", ...lifetime },
  });
};

beforeEach(async () => {
  timing = new ManualTiming();
  server = await startScriptedServer(() => undefined);
  sell();
});
afterEach(() => server.close());

function createSource(options: Partial<ClientCredentialsOptions> = {}): ClientCredentialsSource {
  return new ClientCredentialsSource({
    clientId: "partner",
    clientSecret: "secret",
    tokenUrl: `${server.origin}/oauth2/token`,
    limits: checkLimits({ maxRetries: 0 }),
    transport: createTransport(),
    hooks: {},
    timing,
    ...options,
  });
}

/** Lets requests that are under way come to their end, without any time passing on the manual clock. */
async function settle(isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !isDone(); round++) await delay(5);
  expect(isDone()).toBe(true);
}

describe("buying", () => {
  test("five concurrent calls without a token make one token request", async () => {
    const source = createSource();
    const tokens = await Promise.all(Array.from({ length: 5 }, () => source.getToken()));
    expect(tokens).toEqual(Array(5).fill("token-1"));
    expect(server.requests).toHaveLength(1);
    expect(source.requestCount).toBe(1);
  });

  test("five concurrent calls with an expired token make one token request", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(hour + 1);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => source.getToken()));
    expect(tokens).toEqual(Array(5).fill("token-2"));
    expect(server.requests).toHaveLength(2);
  });

  test("a cached token is handed out without a promise", async () => {
    const source = createSource();
    await source.getToken();
    expect(source.getToken()).toBe("token-1");
  });

  test("onToken is told how many were issued", async () => {
    const seen: unknown[] = [];
    const source = createSource({ hooks: { onToken: (info) => seen.push(info) } });
    await source.getToken();
    timing.advance(hour);
    await source.getToken();
    expect(seen).toEqual([
      { requestCount: 1, expiresInSeconds: 3600 },
      { requestCount: 2, expiresInSeconds: 3600 },
    ]);
  });
});

describe("renewing", () => {
  test("before 75 % of its life a token is not renewed", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(0.74 * hour);
    expect(source.getToken()).toBe("token-1");
    await delay(20);
    expect(server.requests).toHaveLength(1);
  });

  test("late in its life a token is still handed out while one new one is fetched in the background", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(0.86 * hour);
    expect(source.getToken()).toBe("token-1");
    expect(source.getToken()).toBe("token-1");
    await settle(() => source.getToken() === "token-2");
    expect(server.requests).toHaveLength(2);
  });

  test("instances renew at different times, so that a fleet does not renew all at once", async () => {
    timing.chance = 0;
    const early = createSource();
    await early.getToken();
    timing.chance = 0.99;
    const late = createSource();
    await late.getToken();
    timing.advance(0.8 * hour);
    late.getToken();
    await delay(20);
    expect(server.requests).toHaveLength(2);
    early.getToken();
    await settle(() => server.requests.length === 3);
  });

  test("in its last 30 seconds callers wait for the new one", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(hour - 29_000);
    expect(await source.getToken()).toBe("token-2");
  });

  test("a short-lived token is not requested anew for each call", async () => {
    sell({ expires_in: 60 });
    const source = createSource();
    await source.getToken();
    timing.advance(40_000);
    expect(source.getToken()).toBe("token-1");
  });

  test("a background failure is nobody's error, and is not tried again at once", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(0.9 * hour);
    server.script = () => ({ status: 500 });
    source.getToken();
    await settle(() => server.requests.length === 2);
    await delay(20);
    expect(source.getToken()).toBe("token-1");
    await delay(20);
    expect(server.requests).toHaveLength(2);
    sell();
    timing.advance(1_000);
    source.getToken();
    await settle(() => source.getToken() === "token-3");
  });
});

describe("failing", () => {
  test("a failure reaches those who wait for it, and is not cached", async () => {
    server.script = () => ({ status: 503 });
    const source = createSource();
    const failures = await Promise.allSettled([source.getToken(), source.getToken()]);
    expect(failures.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(server.requests).toHaveLength(1);
    sell();
    const next = source.getToken();
    await settle(() => timing.sleeping === 1);
    timing.advance(1_000);
    expect(await next).toBe("token-2");
  });

  test("each failure in a row makes the next one wait longer, up to a bound", async () => {
    server.script = () => ({ status: 503 });
    const source = createSource();
    const waits: number[] = [];
    for (let number = 0; number < 8; number++) {
      const failing = Promise.resolve(source.getToken()).catch(() => {});
      let waited = 0;
      while (server.requests.length <= number) {
        await delay(2);
        if (timing.sleeping === 0) continue;
        timing.advance(250);
        waited += 250;
      }
      await failing;
      waits.push(waited);
    }
    expect(waits[0]).toBe(0);
    expect(waits[3]).toBeGreaterThan(waits[1] ?? 0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_250);
  });

  for (const status of [400, 401]) {
    test(`invalid_client with a ${status} is an AuthenticationError at once, without a retry or a wait`, async () => {
      server.script = () => ({ status, json: { error: "invalid_client" } });
      const source = createSource({ limits: checkLimits({ maxRetries: 5 }) });
      for (let number = 1; number <= 2; number++) {
        const error = await Promise.resolve(source.getToken()).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(AuthenticationError);
        expect(error).toMatchObject({
          status,
          method: "POST",
          path: "/oauth2/token",
          detail: "invalid_client",
        });
        expect(server.requests).toHaveLength(number);
      }
      expect(timing.sleeping).toBe(0);
    });
  }

  test.each([
    [404, ApiError, "API_ERROR"],
    [405, ApiError, "API_ERROR"],
    [422, ApiError, "API_ERROR"],
    [429, RateLimitError, "RATE_LIMIT"],
  ])("a %d is no error of the order that the API was never asked for", async (status, type, code) => {
    server.script = () => ({ status, json: { detail: [{ loc: ["body", "lineItems"], type: "missing" }] } });
    const client = createFulfillmentClient({
      ...{ clientId: "partner", clientSecret: "secret", maxRetries: 0 },
      ...{ baseUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/oauth2/token` },
    });
    const params = { path: { orderId: "o-1" } };
    const error = await client.GET("/orders/{orderId}", { params }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(type);
    for (const apis of [NotFoundError, ValidationError]) expect(error).not.toBeInstanceOf(apis);
    const message = `POST /oauth2/token returned ${status}.`;
    expect(error).toMatchObject({ code, status, message, method: "POST", path: "/oauth2/token" });
  });

  test("a 503 of the token endpoint is tried again as often as maxRetries says", async () => {
    server.script = ({ number }) =>
      number < 3 ? { status: 503 } : { json: { access_token: "t", token_type: "bearer" } };
    const source = createSource({ limits: checkLimits({ maxRetries: 2 }) });
    const token = source.getToken();
    while (server.requests.length < 3) {
      await delay(2);
      timing.advance(1_000);
    }
    expect(await token).toBe("t");
  });

  const unusable: Readonly<Record<string, object>> = {
    "a token type that is no string": { access_token: "t", token_type: ["Bearer"] },
    "another token type": { access_token: "t", token_type: "mac" },
    "no token": { token_type: "Bearer" },
    "a token with a line break": { access_token: "t\r\nx-evil: 1", token_type: "Bearer" },
    "an empty token": { access_token: "", token_type: "Bearer" },
    "a list": [],
  };
  for (const [name, json] of Object.entries(unusable)) {
    test(`an answer with ${name} is an UnexpectedResponseError that does not repeat it`, async () => {
      server.script = () => ({ json });
      const error = await Promise.resolve(createSource().getToken()).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UnexpectedResponseError);
      expect(String(error)).not.toContain("x-evil");
      expect(error).not.toHaveProperty("cause");
    });
  }
});

describe("lifetimes", () => {
  const cases: readonly [string, object, keepsForMs: number, gone: number][] = [
    ["missing counts as five minutes", {}, 200_000, 300_000],
    ["null counts as five minutes", { expires_in: null }, 200_000, 300_000],
    ["text counts as five minutes", { expires_in: "soon" }, 200_000, 300_000],
    ["true counts as five minutes", { expires_in: true }, 200_000, 300_000],
    ["an empty string counts as five minutes", { expires_in: "" }, 200_000, 300_000],
    ["a list counts as five minutes", { expires_in: [] }, 200_000, 300_000],
    ["an object counts as five minutes", { expires_in: {} }, 200_000, 300_000],
    ["a number in a string counts as that", { expires_in: "3600" }, 2_000_000, hour],
    ["huge is cut to a day", { expires_in: 1e15 }, 17 * hour, 24 * hour],
  ];
  for (const [name, lifetime, keepsForMs, goneAfterMs] of cases) {
    test(name, async () => {
      sell(lifetime);
      const source = createSource();
      await source.getToken();
      timing.advance(keepsForMs);
      expect(source.getToken()).toBe("token-1");
      timing.advance(goneAfterMs - keepsForMs);
      expect(await source.getToken()).not.toBe("token-1");
    });
  }

  for (const seconds of [0, -5]) {
    test(`${seconds} serves those who wait, and is not kept`, async () => {
      sell({ expires_in: seconds });
      const source = createSource();
      expect(await Promise.all([source.getToken(), source.getToken()])).toEqual(["token-1", "token-1"]);
      expect(await source.getToken()).toBe("token-2");
    });
  }
});

describe("clocks", () => {
  test("a wall clock that is set back does not make an old token look young", async () => {
    const source = createSource();
    await source.getToken();
    timing.stepWallClock(-5 * hour);
    timing.advance(hour);
    expect(await source.getToken()).toBe("token-2");
  });

  test("a wall clock that is set forward costs one token and no more", async () => {
    const source = createSource();
    await source.getToken();
    timing.stepWallClock(5 * hour);
    expect(await source.getToken()).toBe("token-2");
    expect(source.getToken()).toBe("token-2");
  });
});

describe("a refused token", () => {
  test("is dropped, and a new one requested", async () => {
    const source = createSource();
    await source.getToken();
    expect(source.invalidate("token-1")).toBe(true);
    expect(await source.getToken()).toBe("token-2");
  });

  test("that is no longer the cached one costs nothing", async () => {
    const source = createSource();
    await source.getToken();
    source.invalidate("token-1");
    await source.getToken();
    expect(source.invalidate("token-1")).toBe(true);
    expect(source.getToken()).toBe("token-2");
  });

  test("whose renewal is under way is not handed out again: callers wait for the new one", async () => {
    const source = createSource();
    await source.getToken();
    timing.advance(0.86 * hour);
    expect(source.getToken()).toBe("token-1");
    expect(source.invalidate("token-1")).toBe(true);
    expect(await Promise.all([source.getToken(), source.getToken()])).toEqual(["token-2", "token-2"]);
    expect(server.requests).toHaveLength(2);
  });

  test("is renewed at most three times a minute", async () => {
    const source = createSource();
    for (let number = 0; number < 10; number++) source.invalidate(await source.getToken());
    expect(server.requests).toHaveLength(4);
    timing.advance(60_001);
    expect(source.invalidate(await source.getToken())).toBe(true);
  });
});

describe("a shared store", () => {
  const keyOf = (store: Map<string, string>) => [...store.keys()][0] ?? "";

  test("lets a second instance use the first one's token", async () => {
    const tokenStore = new Map<string, string>();
    await createSource({ tokenStore }).getToken();
    const second = createSource({ tokenStore });
    expect(await second.getToken()).toBe("token-1");
    expect(second.requestCount).toBe(0);
  });

  test("is keyed by a hash of the token URL and the client's identifier", async () => {
    const tokenStore = new Map<string, string>();
    await createSource({ tokenStore }).getToken();
    await createSource({ tokenStore, clientId: "other" }).getToken();
    expect([...tokenStore.keys()]).toHaveLength(2);
    expect(keyOf(tokenStore)).toMatch(/^juniper-fulfillment:token:[0-9a-f]{64}$/);
  });

  test("gives a renewal that another instance has made", async () => {
    const tokenStore = new Map<string, string>();
    const first = createSource({ tokenStore });
    const second = createSource({ tokenStore });
    await first.getToken();
    await second.getToken();
    timing.advance(hour - 10_000);
    await first.getToken();
    expect(await second.getToken()).toBe("token-2");
    expect(first.requestCount + second.requestCount).toBe(2);
  });

  test("does not give a token that the API has refused", async () => {
    const tokenStore = new Map<string, string>();
    const source = createSource({ tokenStore });
    source.invalidate(await source.getToken());
    expect(await source.getToken()).toBe("token-2");
    expect(tokenStore.get(keyOf(tokenStore))).toContain("token-2");
  });

  test("is told how long a token is good for, in milliseconds", async () => {
    let ttlMs = 0;
    const tokenStore: TokenStore = {
      get: () => undefined,
      delete: () => true,
      set: (_key, _value, ttl) => (ttlMs = ttl),
    };
    await createSource({ tokenStore }).getToken();
    expect(ttlMs).toBe(hour);
  });

  for (const broken of ["get", "set"] as const) {
    test(`whose ${broken} fails is done without, and reported`, async () => {
      const failing = () => Promise.reject(new Error("store down"));
      const tokenStore: TokenStore = {
        get: () => undefined,
        set: () => true,
        delete: () => true,
        [broken]: failing,
      };
      const errors: unknown[] = [];
      const source = createSource({ tokenStore, hooks: { onStoreError: (error) => errors.push(error) } });
      expect(await source.getToken()).toBe("token-1");
      expect(errors).toHaveLength(1);
    });
  }

  for (const junk of [
    "not json",
    '{"token":7,"expiresAtMs":1}',
    '{"token":"t","expiresAtMs":"x"}',
    5,
    null,
  ]) {
    test(`that holds ${JSON.stringify(junk)} is written over`, async () => {
      const tokenStore = new Map<string, string>();
      await createSource({ tokenStore }).getToken();
      tokenStore.set(keyOf(tokenStore), junk as string);
      expect(await createSource({ tokenStore }).getToken()).toBe("token-2");
      expect(tokenStore.get(keyOf(tokenStore))).toContain("token-2");
    });
  }
});

test.each([
  "s3cr3t.access-t0ken",
  '"s3cr3t.access-t0ken"',
  '{"token":"s3cr3t',
  '{"token":"s3cr3t","expiresAtMs":"s3cr3t"}',
  '{"token":"s3cr3t\\n","expiresAtMs":1e15}',
  '["s3cr3t"]',
  "null",
])("a shared store that holds %s, which is none of ours, is reported without it", async (value) => {
  const errors: unknown[] = [];
  const tokenStore: TokenStore = { get: () => value, set: () => true, delete: () => true };
  const source = createSource({ tokenStore, hooks: { onStoreError: (error) => errors.push(error) } });
  expect(await source.getToken()).toBe("token-1");
  expect(errors).toMatchObject([{ message: expect.stringMatching(/^The tokenStore holds something else/) }]);
  expect(inspect(errors)).not.toContain("s3cr3t");
});

describe("a shared store that has add", () => {
  /** A store whose entries run out on the manual clock. */
  function createStore(): TokenStore &
    Required<Pick<TokenStore, "add">> & { readonly entries: Map<string, string> } {
    const entries = new Map<string, string>();
    const expiry = new Map<string, number>();
    const get = (key: string) =>
      (expiry.get(key) ?? 0) > timing.monotonicMs() ? entries.get(key) : undefined;
    const set = (key: string, value: string, ttlMs: number) => {
      expiry.set(key, timing.monotonicMs() + ttlMs);
      return entries.set(key, value);
    };
    return {
      entries,
      get,
      set,
      delete: (key) => entries.delete(key),
      add: (key, value, ttlMs = 0) => get(key) === undefined && Boolean(set(key, value, ttlMs)),
    };
  }

  /** Lets time pass in small steps until the promise has settled, and says how much it took. */
  async function passTime(promise: Promise<unknown>): Promise<number> {
    const startMs = timing.monotonicMs();
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    for (let step = 0; step < 500 && !isDone; step++) {
      await delay(4);
      if (!isDone && timing.sleeping > 0) timing.advance(25);
    }
    expect(isDone).toBe(true);
    return timing.monotonicMs() - startMs;
  }

  test("lets eight instances that start at once buy one token", async () => {
    const tokenStore = createStore();
    const tokens = Promise.all(Array.from({ length: 8 }, () => createSource({ tokenStore }).getToken()));
    await passTime(tokens);
    expect(await tokens).toEqual(Array(8).fill("token-1"));
    expect(server.requests).toHaveLength(1);
  });

  test("keeps nothing but the token afterwards", async () => {
    const tokenStore = createStore();
    await createSource({ tokenStore }).getToken();
    expect([...tokenStore.entries.keys()]).toEqual([
      expect.stringMatching(/^juniper-fulfillment:token:[0-9a-f]{64}$/),
    ]);
  });

  test("whose lease nobody gives back holds up the others for two seconds at most", async () => {
    const tokenStore = createStore();
    // What a process leaves behind that is killed while it buys, in a store that forgets nothing.
    const stuck: TokenStore = { ...tokenStore, add: () => false };
    const token = Promise.resolve(createSource({ tokenStore: stuck }).getToken());
    const waitedMs = await passTime(token);
    expect(await token).toBe("token-1");
    expect(waitedMs).toBeGreaterThanOrEqual(2_000);
    expect(waitedMs).toBeLessThan(2_200);
  });

  test("whose lease runs out hands it to one of those who wait", async () => {
    const tokenStore = createStore();
    const keys: string[] = [];
    const watched: TokenStore = {
      ...tokenStore,
      add: (key, value, ttlMs) => {
        keys.push(key);
        return tokenStore.add(key, value, ttlMs);
      },
    };
    await createSource({ tokenStore: watched }).getToken();
    tokenStore.entries.clear();
    tokenStore.add(keys[0] ?? "", "of a process that was killed", 500);
    const tokens = Promise.all([0, 1].map(() => createSource({ tokenStore }).getToken()));
    expect(await passTime(tokens)).toBeLessThan(1_000);
    expect(await tokens).toEqual(["token-2", "token-2"]);
  });

  test("lets sixteen instances wait for a token endpoint that is slow, however long, and request one token", async () => {
    server.script = async ({ number }, response) => {
      while (timing.monotonicMs() < startMs + 9_000) await delay(5);
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ access_token: `token-${number}`, token_type: "Bearer", expires_in: 3600 }));
      return undefined;
    };
    const startMs = timing.monotonicMs();
    const tokenStore = memoryStore({ maxEntries: 10, wallMs: () => timing.wallMs() });
    const tokens = Promise.all(Array.from({ length: 16 }, () => createSource({ tokenStore }).getToken()));
    expect(await passTime(tokens)).toBeGreaterThanOrEqual(9_000);
    expect(new Set(await tokens)).toEqual(new Set(["token-1"]));
    expect(server.requests).toHaveLength(1);
  });

  test("whose lease another instance has taken over is not given back by the one before", async () => {
    const tokenStore = memoryStore({ maxEntries: 10, wallMs: () => timing.wallMs() });
    let key = "";
    const stolen: TokenStore = {
      ...tokenStore,
      add: (leaseKey, value, ttlMs) => {
        key = leaseKey;
        return tokenStore.add(leaseKey, value, ttlMs);
      },
      set: (name, value, ttlMs) => {
        // As after a process that was stopped for longer than its lease.
        tokenStore.set(key, "of another instance", 60_000);
        tokenStore.set(name, value, ttlMs);
      },
    };
    await createSource({ tokenStore: stolen }).getToken();
    expect(tokenStore.get(key)).toBe("of another instance");
  });

  for (const hanging of ["get", "add", "set", "delete"] as const) {
    test(`whose ${hanging} hangs is done without, and reported`, async () => {
      const tokenStore = { ...createStore(), [hanging]: () => new Promise<never>(() => {}) };
      const errors: unknown[] = [];
      const source = createSource({ tokenStore, hooks: { onStoreError: (error) => errors.push(error) } });
      const token = Promise.resolve(source.getToken());
      await passTime(token);
      expect(await token).toBe("token-1");
      expect(String(errors[0])).toContain("took longer than");
    });
  }

  test("hands a purchase that fails to the next one at once", async () => {
    server.script = ({ number }) =>
      number === 1
        ? { status: 503 }
        : { json: { access_token: `token-${number}`, token_type: "Bearer", expires_in: 3600 } };
    const tokenStore = createStore();
    const tokens = Promise.allSettled(
      Array.from({ length: 3 }, async () => createSource({ tokenStore }).getToken()),
    );
    expect(await passTime(tokens)).toBeLessThan(1_000);
    expect((await tokens).map(({ status }) => status).sort()).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(server.requests).toHaveLength(2);
  });

  for (const broken of ["add", "delete"] as const) {
    test(`whose ${broken} fails is done without, and reported`, async () => {
      const tokenStore = { ...createStore(), [broken]: () => Promise.reject(new Error("store down")) };
      const errors: unknown[] = [];
      const source = createSource({ tokenStore, hooks: { onStoreError: (error) => errors.push(error) } });
      expect(await source.getToken()).toBe("token-1");
      expect(errors).toHaveLength(1);
    });
  }
});
