import { createFulfillmentClient, type FulfillmentClient } from "juniper-fulfillment";
import { createMock, type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isObject, type Json, type JsonObject, type Operation } from "../../scripts/document/document.ts";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { operations, wire } from "../support/documents.ts";
import { sampleCall } from "../support/sample-calls.ts";

/** A request to either mock, below its base path or its origin. */
interface Asked {
  readonly method: string;
  /** Below the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

const bearer = { authorization: "Bearer any" };
const json = { ...bearer, "content-type": "application/json" };

/** A request that the document allows, out of its own examples. */
function goodRequest(operation: Operation): Asked {
  const { path, query, body } = sampleCall(wire, operation);
  const place = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return {
    method: operation.method.toUpperCase(),
    path: `/v1${place}${search.size > 0 ? `?${search}` : ""}`,
    headers: body === undefined ? bearer : json,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** A body as the client sends it, in the vendor's spelling. */
async function sentBy(call: (client: FulfillmentClient) => Promise<unknown>): Promise<object> {
  let sent: object = {};
  const fetch = async (request: Request): Promise<Response> => {
    sent = (await request.json()) as object;
    return Response.json({});
  };
  await call(createFulfillmentClient({ accessToken: "any", fetch }));
  return sent;
}

/** Copies of a value, each with one thing in it changed: taken out, or made one of the others. */
function* changed(value: Json, others: readonly Json[]): Generator<Json | undefined> {
  yield* [undefined, ...others];
  const entries = Array.isArray(value) || isObject(value) ? Object.entries(value) : [];
  for (const [key, child] of entries) {
    for (const other of changed(child, others)) {
      const copy = structuredClone(value) as JsonObject;
      if (other === undefined) delete copy[key];
      else copy[key] = other;
      yield Array.isArray(value) ? Object.values(copy) : copy;
    }
  }
  if (isObject(value)) yield { ...value, "no/such": 1 };
}

/** Requests of an operation that are right, wrong in one place, or odd. */
function requestsOf(operation: Operation, others: readonly Json[]): Asked[] {
  const good = goodRequest(operation);
  const withHeaders = (headers: Readonly<Record<string, string>>): Asked => ({
    ...good,
    headers: { ...good.headers, ...headers },
  });
  const codes = [...Object.keys(Object(operation.operation.responses)), "418"];
  const [place = ""] = good.path.split("?");
  const queries = operation.parameters.filter(({ in: where }) => where === "query");
  return [
    good,
    { ...good, headers: {} },
    ...["Bearer", "Basic eDp5", "bearer any", "Bearer a b"].map((authorization) =>
      withHeaders({ authorization }),
    ),
    ...codes.map((code) => withHeaders({ prefer: `code=${code}` })),
    ...["*/*", "application/json;q=0.5, text/html", "application/*", "text/html"].map((accept) =>
      withHeaders({ accept }),
    ),
    ...[
      "text/plain",
      "application/problem+json",
      "application/json; charset=utf-8",
      ...["application/json, text/plain", "json", "/", "a/b/c", "application/(json)", "application/json;;"],
      "multipart/form-data",
    ].map((type) => withHeaders({ "content-type": type })),
    ...queries.flatMap(({ name }) =>
      ["", "0", "many", "2026-02-30", "2026-02-28"].map((value) => ({
        ...good,
        path: `${place}?${name}=${value}`,
      })),
    ),
    { ...good, path: `${place}?no-such=1&LIMIT=0` },
    ...queries.map(({ name }) => ({ ...good, path: `${place}?${name}=a&${name}=b` })),
    ...[`${place}/`, `${place}x`, `${place}%20`, `${place}/no/such`, `${place}%zz`].map((path) => ({
      ...good,
      path,
    })),
    ...["PUT", "OPTIONS"].map((method) => ({ ...good, method })),
    ...(good.body === undefined
      ? []
      : [
          { ...good, body: "" },
          { ...good, body: "{" },
          { ...good, body: "null" },
          ...[...changed(JSON.parse(good.body), others)].map((body) => ({
            ...good,
            body: body === undefined ? undefined : JSON.stringify(body),
          })),
        ]),
  ];
}

const signIn = {
  grant_type: "client_credentials",
  client_id: "mock-client",
  client_secret: "mock-secret",
};
const form = { "content-type": "application/x-www-form-urlencoded" };
const tokenRequests: Asked[] = [
  signIn,
  { ...signIn, grant_type: "password" },
  { ...signIn, client_secret: "wrong" },
  { ...signIn, scope: "a b+c" },
  { grant_type: "client_credentials", client_id: "a" },
  {},
].map((fields) => ({
  method: "POST",
  path: "/oauth2/token",
  headers: form,
  body: new URLSearchParams(fields as Record<string, string>).toString(),
}));
tokenRequests.push(
  { method: "POST", path: "/oauth2/token", headers: json, body: JSON.stringify(signIn) },
  { method: "GET", path: "/oauth2/token", headers: {} },
);

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is about the connection, and not about the request. */
const ofConnections = new Set(["connection", "content-length", "date", "keep-alive", "transfer-encoding"]);

async function ask(fetch: typeof globalThis.fetch, origin: string, asked: Asked): Promise<Told> {
  const { method, path, headers, body } = asked;
  const response = await fetch(`${origin}${path}`, { method, headers, ...(body !== undefined && { body }) });
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => !ofConnections.has(name))),
    body: await response.text(),
  };
}

/** Sends each request to both, and expects the same of them. */
async function expectSame(
  served: MockServer,
  mock: ReturnType<typeof createMock>,
  all: readonly Asked[],
): Promise<Told[]> {
  const told: Told[] = [];
  for (const asked of all) {
    served.requests.length = mock.requests.length = 0;
    const theirs = await ask(globalThis.fetch, new URL(served.baseUrl).origin, asked);
    const ours = await ask(mock.fetch as typeof globalThis.fetch, "https://any.example", asked);
    const what = JSON.stringify(asked);
    expect(ours, what).toEqual(theirs);
    const recorded = [mock, served].map(
      ({ requests: [{ headers: _headers, ...rest } = { headers: {} }] }) => rest,
    );
    expect(recorded[0], what).toEqual(recorded[1]);
    told.push(ours);
  }
  return told;
}

describe.each([
  false,
  true,
])("the mock in process and the server, with stateful %s, respond the same to", (stateful) => {
  // One refusal is like another once the backend is not asked: the examples are tried with more.
  const others = stateful ? [7] : [null, 7, "x".repeat(101), []];
  const options = stateful ? ({ stateful, now: () => Date.UTC(2026, 0, 1) } as const) : {};
  let served: MockServer;
  let mock: ReturnType<typeof createMock>;
  beforeAll(async () => {
    served = await startMockServer(options);
    mock = createMock(options);
  });
  afterAll(async () => {
    await served.close();
    await mock.close();
  });

  /** The stateful ones issue the same tokens, from the same seed. */
  const authorized = async (all: readonly Asked[]): Promise<Asked[]> => {
    const told = await expectSame(served, mock, tokenRequests.slice(0, 1));
    const { access_token: token } = JSON.parse(told[0]?.body ?? "{}");
    return all.map((asked) => ({
      ...asked,
      headers: Object.fromEntries(
        Object.entries(asked.headers).map(([name, value]) => [
          name,
          value === "Bearer any" ? `Bearer ${token}` : value,
        ]),
      ),
    }));
  };

  for (const operation of operations) {
    test(operation.key, async () => {
      const told = await expectSame(served, mock, await authorized(requestsOf(operation, others)));
      const statuses = new Set(told.map(({ status }) => status));
      expect(statuses.size).toBeGreaterThan(2);
    });
  }

  test("sign-in, right and wrong", async () => {
    const statuses = (await expectSame(served, mock, tokenRequests)).map(({ status }) => status);
    expect(statuses[0]).toBe(200);
    expect(new Set(statuses).size).toBeGreaterThan(2);
  });

  test("orders and protocols that are placed, read, listed, changed and cancelled", async () => {
    const placed = await sentBy((client) => client.POST("/orders", { body: orderRequest }));
    const kept = await sentBy((client) => client.POST("/protocols", { body: protocolRequest }));
    const [line] = orderRequest.lineItems;
    const post = (path: string, body: object): Asked => ({
      method: "POST",
      path: `/v1${path}`,
      headers: json,
      body: JSON.stringify(body),
    });
    const get = (path: string): Asked => ({ method: "GET", path: `/v1${path}`, headers: bearer });
    const first = await expectSame(
      served,
      mock,
      await authorized([
        post("/orders", placed),
        post("/protocols", kept),
        post("/orders", { ...placed, lineItems: [] }),
        post("/orders", { ...placed, lineItems: [{ ...line, productId: 1 }] }),
        { ...post("/partners/settings", { webhookUrl: "https://example.com" }), method: "PATCH" },
        { ...post("/partners/settings", { name: "Other" }), method: "PATCH" },
        get("/partners/settings/webhook-secret"),
      ]),
    );
    const [order, protocol] = first.map(({ body }) => JSON.parse(body).id);
    const then = await expectSame(
      served,
      mock,
      await authorized([
        get(`/orders/${order}`),
        get("/orders?limit=1"),
        get("/orders/none"),
        { ...get(`/orders/${order}/cancel`), method: "POST" },
        { ...get(`/orders/${order}/cancel`), method: "POST" },
        { ...post(`/protocols/${protocol}`, { ...kept, daysSupply: 90 }), method: "PUT" },
        { ...get(`/protocols/${protocol}`), method: "DELETE" },
        get(`/protocols/${protocol}`),
      ]),
    );
    if (stateful) expect(then.map(({ status }) => status)).toEqual([200, 200, 404, 200, 400, 200, 200, 404]);
  });
});
