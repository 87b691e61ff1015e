import { AuthenticationError, createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { type StatefulMockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errorOf } from "../support/error-of.ts";

let mock: StatefulMockServer;
let nowMs = Date.now();

beforeEach(async () => {
  nowMs = Date.now();
  mock = await startMockServer({ stateful: true, tokenLifetimeSeconds: 600, now: () => nowMs });
});
afterEach(() => mock.close());

const signIn = async (credentials: object = {}): Promise<Response> => {
  const { clientId, clientSecret } = mock.clientOptions;
  const form = { client_id: clientId, client_secret: clientSecret, ...credentials };
  const body = new URLSearchParams({ grant_type: "client_credentials", ...form });
  return fetch(mock.tokenUrl, { method: "POST", body });
};
const statusWith = async (authorization: string): Promise<number> =>
  (await fetch(`${mock.baseUrl}/orders`, { headers: { authorization } })).status;

test("each token is another one, counted, and good for its lifetime alone", async () => {
  const [first, second] = [await (await signIn()).json(), await (await signIn()).json()];
  expect(first).toEqual({ access_token: expect.any(String), expires_in: 600, token_type: "Bearer" });
  expect(first.access_token).not.toBe(second.access_token);
  expect(mock.tokensIssued).toBe(2);
  nowMs += 599_000;
  expect(await statusWith(`Bearer ${first.access_token}`)).toBe(200);
  nowMs += 1_000;
  expect(await statusWith(`Bearer ${first.access_token}`)).toBe(401);
  mock.expectNoViolations();
});

test("wrong credentials are refused with invalid_client, and get no token", async () => {
  for (const credentials of [{ client_secret: "wrong" }, { client_id: "wrong" }]) {
    const response = await signIn(credentials);
    expect([response.status, await response.json()]).toEqual([401, { error: "invalid_client" }]);
  }
  expect(mock.tokensIssued).toBe(0);
  const client = createFulfillmentClient({ ...mock.clientOptions, clientSecret: "wrong" });
  await expect(client.GET("/orders")).rejects.toBeInstanceOf(AuthenticationError);
});

test("a token request that the document does not allow gets no token", async () => {
  expect((await signIn({ grant_type: "password" })).ok).toBe(false);
  expect(mock.tokensIssued).toBe(0);
  expect(() => mock.expectNoViolations()).toThrow(/grant_type/);
});

test("a token that was not issued is refused, in the document's shape", async () => {
  const client = createFulfillmentClient({ baseUrl: mock.baseUrl, accessToken: "made-up", maxRetries: 0 });
  const error = errorOf(await client.GET("/partners/settings"));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ detail: "invalid_token" });
  expect(await statusWith("Basic bW9jazptb2Nr")).toBe(401);
});

test("a client whose token is revoked signs in again and goes on", async () => {
  const client = createFulfillmentClient(mock.clientOptions);
  unwrap(await client.GET("/orders"));
  expect(mock.tokensIssued).toBe(1);
  mock.revokeTokens();
  unwrap(await client.GET("/orders"));
  expect(mock.tokensIssued).toBe(2);
});

test("a client that warms up has a token, and breaks no document", async () => {
  await createFulfillmentClient(mock.clientOptions).warmup();
  expect(mock.tokensIssued).toBe(1);
  mock.expectNoViolations();
});

test("options that can't work are refused", async () => {
  for (const options of [{ tokenLifetimeSeconds: 0 }, { webhookTimeoutMs: 1.5 }]) {
    await expect(startMockServer({ stateful: true, ...options })).rejects.toThrow(
      `${Object.keys(options)[0]} must be a whole number of at least 1.`,
    );
  }
});
