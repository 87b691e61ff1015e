import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { createMock, type StatefulMock } from "juniper-fulfillment/testing";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { orderSpellings } from "../../scripts/samples/wire-spellings.ts";
import { FieldShares } from "../../src/cli/contract/field-shares.ts";
import { ResponseJudge } from "../../src/cli/contract/findings.ts";
import { Spellings } from "../../src/cli/contract/heard-spellings.ts";
import { latencyOf } from "../../src/cli/contract/latency.ts";
import { readLiveRegister } from "../../src/cli/contract/live-register.ts";
import { findingLine } from "../../src/cli/contract/live-report.ts";
import { type TrialResult, tryOperations } from "../../src/cli/contract/try-operations.ts";
import { tryRefusals } from "../../src/cli/contract/try-refusals.ts";
import { corrected, corrections, operations } from "../support/documents.ts";
import { spelledForUsers } from "../support/wire-spellings.ts";

type Drift = (body: Record<string, unknown>, url: URL) => unknown;

const asItIs: Drift = (body) => body;
let mock: StatefulMock;
let drift = asItIs;
let contentType = "application/json";
/** What becomes of the body of an error. */
let errorDrift = asItIs;
/** The status with which every cursor is refused. */
let refusal: number | undefined;

beforeAll(async () => {
  mock = createMock({ stateful: true });
  const client = createFulfillmentClient(mock.clientOptions);
  for (let count = 0; count < 6; count++) unwrap(await client.POST("/orders", { body: orderRequest }));
});
afterEach(() => {
  drift = asItIs;
  contentType = "application/json";
  errorDrift = asItIs;
  refusal = undefined;
});

async function tryAll() {
  const spellings = new Spellings(corrected, readLiveRegister(corrections));
  const fields = new FieldShares(corrected);
  const send = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const asked = new URL(url);
    const cursor = asked.searchParams.get("cursor");
    if (cursor !== null && refusal !== undefined)
      return Response.json({ detail: "Ada" }, { status: refusal });
    // A vendor's cursor that never ends leads to the first page again.
    if (cursor?.startsWith("next-")) asked.searchParams.delete("cursor");
    const response = await mock.fetch(new Request(asked, request));
    if (!url.pathname.startsWith("/v1/")) return response;
    const answer = (await response.json()) as Record<string, unknown>;
    const body = JSON.stringify(response.ok ? drift(answer, url) : errorDrift(answer, url));
    return new Response(body, { status: response.status, headers: { "content-type": contentType } });
  };
  const client = createFulfillmentClient({
    ...{ ...mock.clientOptions, maxRetries: 0, fetch: send },
    onDiscrepancy: (id, spelling) => spellings.hear(id, spelling),
  });
  const drifts: string[] = [];
  const trial = {
    ...{ judge: new ResponseJudge(corrected), spellings, fields, allowWrites: true, mostItems: 40 },
  };
  const note = ({ operation, findings, outcome, reason }: TrialResult): void => {
    if (outcome === "failed") drifts.push(`${operation.key} failed: ${reason}`);
    for (const finding of findings) drifts.push(`${operation.key} ${findingLine(finding)}`);
  };
  // Of the writes, those that are refused.
  const reads = operations.filter(({ method }) => method === "get");
  for await (const result of tryOperations(client, reads, trial)) note(result);
  for await (const result of tryRefusals(client, { ...mock.clientOptions, fetch: send }, operations, trial)) {
    note(result);
  }
  return { drifts, spellings, fields };
}

/** Changes the list of orders alone. */
const listOfOrders =
  (change: Drift): Drift =>
  (body, url) =>
    url.pathname === "/v1/orders" ? change(body, url) : body;

describe("a live API against the document", () => {
  test("holds as it is, with more than one page", async () => {
    const { drifts, spellings } = await tryAll();
    expect(drifts).toEqual([]);
    expect(spellings.listRetirable()).toEqual([]);
  });

  test("drifts when it ignores the limit", async () => {
    const all = await mock.fetch(await listRequest());
    const { orders } = (await all.json()) as { orders: unknown[] };
    drift = listOfOrders((body) => ({ ...body, orders }));
    expect((await tryAll()).drifts).toEqual(["GET /orders orders: has more items than the requested limit"]);
  });

  test("drifts when a cursor leads to the same items for ever", async () => {
    let cursors = 0;
    drift = listOfOrders((body) => ({ ...body, cursor: `next-${cursors++}` }));
    expect((await tryAll()).drifts).toEqual(["GET /orders orders: has items of an earlier page"]);
  });

  /** Pages that never end, of items that were never there before. */
  const endless = (isEndless: (url: URL) => boolean): Drift => {
    let count = 0;
    return listOfOrders((body, url) => {
      if (!isEndless(url)) return body;
      const orders = body.orders as Record<string, unknown>[];
      // The first order is read by its id.
      if (url.searchParams.has("cursor")) for (const order of orders) order.id = `order-${count++}`;
      return { ...body, cursor: `next-${count}` };
    });
  };

  test("drifts when a cursor leads to new items for ever", async () => {
    drift = endless(() => true);
    expect((await tryAll()).drifts).toEqual([
      "GET /orders orders: does not end within 40 items; if it really has more, raise --most-items",
    ]);
  });

  test("drifts when small pages alone have no end", async () => {
    drift = endless((url) => url.searchParams.get("limit") !== "100");
    expect((await tryAll()).drifts).toEqual([
      "GET /orders orders: does not end in pages of 2, but does in pages of 100",
    ]);
  });

  test.each([400, 404, 422])("drifts when it refuses its own cursor with %d", async (status) => {
    refusal = status;
    const { drifts } = await tryAll();
    expect(drifts).toContain(`GET /orders orders: responds with ${status} to its own cursor, at page 2`);
    expect(drifts.join()).not.toContain("failed");
  });

  test("fails, and does not drift, when it is out of order at page 2", async () => {
    refusal = 503;
    const { drifts } = await tryAll();
    expect(drifts).toContain("GET /orders failed: GET /orders returned 503.");
  });

  test("drifts when its errors have another shape, told by their status and fields alone", async () => {
    errorDrift = () => ({ errors: [{ reason: "Ada" }], requestId: "Ada" });
    const { drifts } = await tryAll();
    const unknown = (what: string, field: string): string[] => [
      `${what}: errors is not documented (and ${field} is absent)`,
      `${what}: requestId is not documented (and ${field} is absent)`,
    ];
    expect(drifts.filter((each) => !each.includes("is missing"))).toEqual([
      ...unknown("GET /partners/settings/webhook-secret the body of the 404", "loc, type"),
      ...unknown("GET /orders with a limit of 0 the body of the 400", "detail"),
      ...unknown("GET /partners/settings with a wrong token the body of the 401", "error"),
      ...unknown("POST /orders with an empty order the body of the 422", "detail"),
    ]);
  });

  test("drifts when its errors are no JSON", async () => {
    errorDrift = () => "Ada";
    contentType = "text/html";
    expect((await tryAll()).drifts).toContain(
      "GET /orders with a limit of 0 the body of the 400: is string, where the document says object",
    );
  });

  test("drifts when an empty page has a next one", async () => {
    drift = listOfOrders((body, url) => {
      if (url.searchParams.get("limit") !== "2") return body;
      return { ...body, orders: [], cursor: "next-1" };
    });
    expect((await tryAll()).drifts).toEqual(["GET /orders orders: is empty, but has a next page"]);
  });

  test.each([
    ["text/html; charset=utf-8", "has the content type text/html, where the document says JSON"],
    ["text/plain", "has the content type text/plain, where the document says JSON"],
  ])("drifts when JSON is called %s", async (type, what) => {
    contentType = type;
    const { drifts } = await tryAll();
    expect(drifts).toContain(`GET /shipping-methods ${what}`);
  });

  test.each([
    "application/json; charset=utf-8",
    "application/problem+json",
    "Application/JSON",
  ])("holds when JSON is called %s", async (type) => {
    contentType = type;
    expect((await tryAll()).drifts).toEqual([]);
  });

  test("says what share of the items has each optional field, though its absence is no drift", async () => {
    drift = listOfOrders((body) => {
      for (const [index, order] of (body.orders as Record<string, unknown>[]).entries()) {
        delete order.subtotalPrice;
        if (index < 2) delete order.createdAt;
      }
      return body;
    });
    const { drifts, fields } = await tryAll();
    expect(drifts).toEqual([]);
    const shares = new Map(fields.list().map(({ field, ...share }) => [field, share]));
    expect(shares.get("GET /orders orders[].subtotalPrice")).toEqual({ present: 0, objects: 6 });
    expect(shares.get("GET /orders orders[].createdAt")).toEqual({ present: 4, objects: 6 });
    expect(shares.get("GET /orders/{orderId} subtotalPrice")).toEqual({ present: 1, objects: 1 });
  });

  test("has a spelling that can be retired once the vendor sends the corrected one alone", async () => {
    drift = (body, url) => (url.pathname.startsWith("/v1/orders") ? spelledForUsers(body) : body);
    const { drifts, spellings } = await tryAll();
    expect(drifts).toEqual([]);
    const fixed = [...new Map(orderSpellings.map(({ id, user }) => [id, user]))].sort();
    expect(spellings.listRetirable()).toEqual(fixed);
  });
});

async function listRequest(): Promise<Request> {
  const { tokenUrl, baseUrl, clientId, clientSecret } = mock.clientOptions;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const issued = await mock.fetch(new Request(tokenUrl, { method: "POST", body: new URLSearchParams(form) }));
  const { access_token } = (await issued.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  return new Request(`${baseUrl}/orders?limit=100`, { headers });
}

test("latency is by nearest rank: p50 and p95 are times that a response really took", () => {
  expect(latencyOf([])).toBeUndefined();
  expect(latencyOf([7])).toEqual({ p50: 7, p95: 7, responses: 1 });
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(latencyOf(hundred)).toEqual({ p50: 50, p95: 95, responses: 100 });
});
