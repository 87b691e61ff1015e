import {
  ApiError,
  AuthenticationError,
  createFulfillmentClient,
  type FulfillmentClient,
  NotFoundError,
  unwrap,
  ValidationError,
} from "juniper-fulfillment";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";
import { errorOf } from "../support/error-of.ts";
import { spellingsIn } from "../support/wire-spellings.ts";

let mock: MockServer;
let client: FulfillmentClient;

beforeAll(async () => {
  mock = await startMockServer();
  client = createFulfillmentClient({ ...mock.clientOptions, maxRetries: 0 });
});
afterAll(() => mock.close());
beforeEach(() => {
  mock.requests.length = 0;
});

const prefer = (code: number) => ({ headers: { Prefer: `code=${code}` } });

describe("documented error answers", () => {
  test("a 400 of createOrder is a ValidationError with the vendor's sentence", async () => {
    const error = errorOf(await client.POST("/orders", { body: orderRequest, ...prefer(400) }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ status: 400, method: "POST", path: "/orders" });
    expect((error as ValidationError).detail).toBe("Invalid request parameters");
  });

  test("a 422 of createOrder is a ValidationError with the vendor's list", async () => {
    const error = errorOf(await client.POST("/orders", { body: orderRequest, ...prefer(422) }));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues).toEqual([
      { loc: ["body", "customer", "address"], type: "missing" },
    ]);
  });

  test("a 400 of listOrders is a ValidationError", async () => {
    expect(errorOf(await client.GET("/orders", prefer(400)))).toBeInstanceOf(ValidationError);
  });

  for (const path of ["/partners/settings", "/partners/settings/webhook-secret"] as const) {
    test(`a 401 of GET ${path} is an AuthenticationError with the vendor's code`, async () => {
      const error = errorOf(await client.GET(path, prefer(401)));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect((error as AuthenticationError).detail).toBe("invalid_client");
    });
  }

  test("a 404 of getWebhookSecret, a bare item, is a NotFoundError with one issue", async () => {
    const error = errorOf(await client.GET("/partners/settings/webhook-secret", prefer(404)));
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as NotFoundError).issues).toHaveLength(1);
  });

  test("a request that the document does not allow is answered with the declared error, and recorded", async () => {
    const body = { ...orderRequest, daysSupply: 45 as 30 };
    const error = errorOf(await client.POST("/orders", { body }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(() => mock.expectNoViolations()).toThrow(/POST \/v1\/orders\n.*daysSupply/);
  });

  test("a status that the document does not declare is an ApiError all the same", async () => {
    const error = errorOf(await client.GET("/products", { params: { query: { limit: 1000 } } }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422 });
    expect(() => mock.expectNoViolations()).toThrow(/GET \/v1\/products\?limit=1000\n.*limit must be <= 100/);
  });
});

describe("sign-in at the mock", () => {
  test("a request without a token is a 401", async () => {
    const response = await fetch(`${mock.baseUrl}/orders`);
    expect(response.status).toBe(401);
  });

  test("a request with another type of token is a 401", async () => {
    const response = await fetch(`${mock.baseUrl}/orders`, {
      headers: { authorization: "Basic bW9jazptb2Nr" },
    });
    expect(response.status).toBe(401);
  });

  test("the client sends its credentials as the vendor's page shows, and then the token", async () => {
    await createFulfillmentClient(mock.clientOptions).GET("/shipping-methods");
    const [signIn, call] = mock.requests;
    expect(signIn).toMatchObject({ method: "POST", path: "/oauth2/token", violations: [] });
    expect(signIn?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded\b/);
    expect(Object.fromEntries(new URLSearchParams(String(signIn?.body)))).toEqual({
      grant_type: "client_credentials",
      client_id: mock.clientOptions.clientId,
      client_secret: mock.clientOptions.clientSecret,
    });
    expect(call?.headers.authorization).toBe("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...");
  });
});

describe("spellings", () => {
  test("an order goes out in the vendor's spelling and comes back in the user's", async () => {
    const seen: string[] = [];
    const onDiscrepancy = (id: string, spelling: string) => seen.push(`${id} ${spelling}`);
    const watching = createFulfillmentClient({ ...mock.clientOptions, onDiscrepancy });
    const order = unwrap(await watching.POST("/orders", { body: orderRequest }));
    mock.expectNoViolations();
    const sent = mock.requests.at(-1);
    for (const { kind, user, wire } of orderSpellings) {
      const [ours, theirs] = kind === "name" ? [`"${user}":`, `"${wire}":`] : [`:"${user}"`, `:"${wire}"`];
      expect(JSON.stringify(order)).toContain(ours);
      expect(JSON.stringify(order)).not.toContain(theirs);
    }
    // What the vendor's document says today decides what must have been reported.
    expect(seen.sort()).toEqual(spellingsIn(sent?.responseBody).sort());
  });
});
