import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type JsonObject, listOperations, type Operation } from "../../scripts/document/document.ts";
import { orderRequest, protocolRequest } from "../../scripts/samples/requests.ts";
import { wireSpellings } from "../../scripts/samples/wire-spellings.ts";
import { cases } from "../../src/cli/contract/cases.ts";
import { ResponseJudge } from "../../src/cli/contract/findings.ts";
import { Spellings } from "../../src/cli/contract/heard-spellings.ts";
import { readLiveRegister } from "../../src/cli/contract/live-register.ts";
import { type TrialResult, tryOperations } from "../../src/cli/contract/try-operations.ts";
import { corrected, corrections, operations } from "../support/documents.ts";
import { type DriftingProxy, startDriftingProxy } from "../support/drifting-proxy.ts";
import { spelledForUsers } from "../support/wire-spellings.ts";

let mock: MockServer;
let proxy: DriftingProxy;
let urls: { baseUrl: string; tokenUrl: string };

beforeAll(async () => {
  mock = await startMockServer({ stateful: true });
  proxy = await startDriftingProxy(new URL(mock.baseUrl).origin);
  urls = { baseUrl: `${proxy.origin}/v1`, tokenUrl: `${proxy.origin}/oauth2/token` };
  const client = createFulfillmentClient(mock.clientOptions);
  const body = { webhookUrl: "http://127.0.0.1:9/webhooks", website: "https://www.example.com" };
  unwrap(await client.PATCH("/partners/settings", { body }));
  unwrap(await client.POST("/orders", { body: orderRequest }));
  unwrap(await client.POST("/protocols", { body: protocolRequest }));
});
afterEach(() => {
  proxy.drift = (answer) => answer;
});
afterAll(async () => {
  await proxy.close();
  await mock.close();
});

async function tryAll(allowWrites = false): Promise<{ verdicts: TrialResult[]; heard: Map<string, string> }> {
  const spellings = new Spellings(corrected, readLiveRegister(corrections));
  const onDiscrepancy = (id: string, spelling: string): void => spellings.hear(id, spelling);
  const client = createFulfillmentClient({ ...mock.clientOptions, ...urls, onDiscrepancy, maxRetries: 0 });
  const verdicts: TrialResult[] = [];
  const trial = { judge: new ResponseJudge(corrected), spellings, allowWrites };
  for await (const verdict of tryOperations(client, operations, trial)) verdicts.push(verdict);
  return { verdicts, heard: new Map(spellings.list()) };
}

/** What drifts, as `operationId place: what`. */
const driftsOf = (verdicts: readonly TrialResult[]): string[] =>
  verdicts.flatMap(({ operation, findings }) =>
    findings.map(({ place, what }) => `${operation.operation.operationId} ${place}: ${what}`),
  );

/** The operations that come to an outcome, but for those that are new in the document and have no case of their own. */
const withOutcome = (verdicts: readonly TrialResult[], outcome: TrialResult["outcome"]): string[] =>
  verdicts
    .filter((verdict) => verdict.outcome === outcome)
    .map(({ operation }) => String(operation.operation.operationId))
    .filter((id) => cases.some(({ operationId }) => operationId === id));

const known = cases.filter((entry) =>
  operations.some(({ operation }) => operation.operationId === entry.operationId),
);
const [reads, writes] = [false, true].map((isWrite) =>
  known.filter((entry) => (entry.isWrite ?? false) === isWrite).map(({ operationId }) => operationId),
);

interface Answer {
  orders?: Answer[];
  customer?: { address?: Record<string, unknown> };
  [name: string]: unknown;
}

/** Changes every order in an answer. */
const eachOrder = (change: (order: Answer) => void) => (answer: Answer, path: string) => {
  if (path.startsWith("/v1/orders")) for (const order of answer.orders ?? [answer]) change(order);
  return answer;
};

describe("the judge of responses", () => {
  const schema = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };
  const judged = (responses: JsonObject, status: number, data: unknown): string[] => {
    const document = {
      openapi: "3.1.0",
      paths: { "/things": { get: { operationId: "readThing", responses } } },
      components: { responses: { Thing: { content: { "application/json": { schema } } } } },
    };
    const judge = new ResponseJudge(document);
    const [thing] = listOperations(document);
    return judge.judge(thing as Operation, status, data).map(({ what }) => what);
  };
  const content = (type: string): JsonObject => ({ content: { [type]: { schema } } });

  test.each<[string, JsonObject, number]>([
    ["by its status", { "200": content("application/json") }, 200],
    ["with a charset", { "200": content("application/json; charset=utf-8") }, 200],
    ["of a type on top of JSON", { "400": content("application/problem+json") }, 400],
    ["behind a reference", { "401": { $ref: "#/components/responses/Thing" } }, 401],
    ["by a range", { "2XX": content("application/json") }, 202],
    ["by default", { default: content("application/json") }, 503],
  ])("finds what the document says %s", (_how, responses, status) => {
    expect(judged(responses, status, { id: "1" })).toEqual([]);
    expect(judged(responses, status, {})).toEqual(["id is missing"]);
  });

  test("takes a response without a body as documented, and another status as not", () => {
    expect(judged({ "204": { description: "Done." } }, 204, undefined)).toEqual([]);
    expect(judged({ "200": content("application/json") }, 404, {})).toEqual(["status 404 is not documented"]);
  });
});

describe("a live API that keeps to the document", () => {
  test("holds in every operation that reads, and is asked to write nothing", async () => {
    const before = mock.requests.length;
    const { verdicts } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([]);
    expect(withOutcome(verdicts, "holds")).toEqual(reads);
    expect(withOutcome(verdicts, "not tried")).toEqual(writes);
    expect(verdicts.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    const sent = mock.requests.slice(before).filter(({ path }) => path.startsWith("/v1/"));
    expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(["GET"]));
  });

  test("holds in every operation when writing is allowed, but for the one that would do harm", async () => {
    const { verdicts } = await tryAll(true);
    expect(driftsOf(verdicts)).toEqual([]);
    expect(withOutcome(verdicts, "not tried")).toEqual(["rotateWebhookSecret"]);
    expect(withOutcome(verdicts, "holds")).toHaveLength(known.length - 1);
    expect(verdicts).toHaveLength(operations.length);
  });

  test("is heard to speak the spellings that are documented", async () => {
    const { heard } = await tryAll();
    for (const { id, wire } of wireSpellings) expect(heard.get(id), id).toBe(wire);
    const known = readLiveRegister(corrections);
    expect([...heard.keys()]).toEqual(known.map(({ id }) => id));
    expect([...heard.values()]).toContain("with id");
  });

  test("is no drift where the vendor has put a discrepancy right, and is heard to", async () => {
    proxy.drift = (response) => spelledForUsers(response);
    const { verdicts, heard } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([]);
    for (const { id, user } of wireSpellings) expect(heard.get(id), id).toBe(user);
  });
});

describe("a live API that drifts is caught, and nothing else is:", () => {
  test("a renamed field", async () => {
    proxy.drift = eachOrder((order) => {
      order.total = order.totalPrice;
      delete order.totalPrice;
    });
    const { verdicts } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([
      expect.stringMatching(/^listOrders orders\[\]: total is not documented/),
      expect.stringMatching(/^getOrderById : total is not documented/),
    ]);
    expect(driftsOf(verdicts)[1]).toContain("totalPrice");
  });

  test("a new value of an enum", async () => {
    proxy.drift = eachOrder((order) => {
      order.status = "NO_SUCH_STATUS";
    });
    const { verdicts } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([
      "listOrders orders[].status: a string is not one of the documented values",
      "getOrderById status: a string is not one of the documented values",
    ]);
  });

  test("a required field that is missing", async () => {
    proxy.drift = eachOrder((order) => {
      delete order.customer?.address?.city;
    });
    const { verdicts } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([
      "listOrders orders[].customer.address: city is missing",
      "getOrderById customer.address: city is missing",
    ]);
  });

  test("a refusal that the document describes is no drift, and no success either", async () => {
    mock.fault("GET /orders", { status: 400, body: { detail: "Invalid request parameters" } });
    mock.fault("GET /orders", { status: 400, body: { reason: "Ada" } });
    const { verdicts } = await tryAll();
    const order = verdicts.find(({ operation }) => operation.key === "GET /orders");
    expect(order).toMatchObject({ outcome: "failed", reason: "the response was 400, as documented" });
    expect(driftsOf((await tryAll()).verdicts)).toEqual([
      "listOrders : detail is missing",
      "listOrders : reason is not documented (and detail is absent)",
    ]);
  });

  test("another type, and a null", async () => {
    proxy.drift = (answer: Answer, path) => {
      if (path.startsWith("/v1/shipping-methods"))
        return [{ name: "STANDARD", description: null, price: 9.99 }];
      return answer;
    };
    const { verdicts } = await tryAll();
    expect(driftsOf(verdicts)).toEqual([
      "listShippingMethods [].description: is null, where the document says string",
      "listShippingMethods [].price: is number, where the document says string",
    ]);
  });
});
