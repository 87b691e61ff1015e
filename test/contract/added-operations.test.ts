import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
import { createMock, type StatefulMock } from "juniper-fulfillment/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { type JsonObject, listOperations } from "../../scripts/document/document.ts";
import { orderRequest } from "../../scripts/samples/requests.ts";
import { ResponseJudge } from "../../src/cli/contract/findings.ts";
import { Spellings } from "../../src/cli/contract/heard-spellings.ts";
import { type TrialResult, tryOperations } from "../../src/cli/contract/try-operations.ts";
import { corrected } from "../support/documents.ts";

const parcel = { type: "object", required: ["id"], properties: { id: { type: "string" } } };
const parcels = { type: "object", properties: { parcels: { type: "array", items: parcel } } };
const responding = (schema: JsonObject, type = "application/json"): JsonObject => ({
  "200": { description: "It.", content: { [type]: { schema } } },
});
const inPath = (...names: string[]): JsonObject[] =>
  names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));

/** What the vendor might add, each below the operations that stand in the document already. */
const added: JsonObject = {
  "/orders/{order}/parcels/{parcel}": {
    parameters: inPath("order", "parcel"),
    get: { operationId: "getParcel", responses: responding(parcel) },
    delete: { operationId: "deleteParcel", responses: { "204": { description: "Gone." } } },
  },
  "/orders/{order}/parcels": {
    parameters: inPath("order"),
    get: { operationId: "listParcels", responses: responding(parcels) },
    post: { operationId: "createParcel", responses: responding(parcel) },
  },
  "/vans/{van}": {
    parameters: inPath("van"),
    get: { operationId: "getVan", responses: responding(parcel) },
  },
  "/orders/{order}/label": {
    parameters: inPath("order"),
    get: { operationId: "getLabel", responses: responding({ type: "string" }, "application/pdf") },
  },
  "/rates": {
    get: {
      operationId: "listRates",
      parameters: [{ name: "country", in: "query", required: true, schema: { type: "string" } }],
      responses: responding(parcels),
    },
  },
};
const document: JsonObject = { ...corrected, paths: { ...(corrected.paths as JsonObject), ...added } };

let mock: StatefulMock;
let orderId: string | undefined;
beforeAll(async () => {
  mock = createMock({ stateful: true });
  const client = createFulfillmentClient(mock.clientOptions);
  orderId = unwrap(await client.POST("/orders", { body: orderRequest })).id;
});

/** What came of the added operations, of an API that responds to their paths as is said, and the paths that were asked for. */
async function tryAdded(
  bodies: Readonly<Record<string, unknown>>,
  allowWrites = false,
): Promise<{ results: Map<string, TrialResult>; asked: string[] }> {
  const asked: string[] = [];
  const client = createFulfillmentClient({
    ...mock.clientOptions,
    maxRetries: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname.replace("/v1", "");
      if (!/parcels|vans|label|rates/.test(path)) return mock.fetch(request);
      asked.push(`${request.method} ${path}`);
      return path in bodies
        ? Response.json(bodies[path])
        : Response.json({ detail: "None." }, { status: 404 });
    },
  });
  const trial = { judge: new ResponseJudge(document), spellings: new Spellings(document, []), allowWrites };
  const results = new Map<string, TrialResult>();
  for await (const result of tryOperations(client, listOperations(document), trial)) {
    results.set(String(result.operation.operation.operationId), result);
  }
  return { results, asked };
}

describe("an operation that the vendor has added is held against the document without a case of its own", () => {
  test("by the ids that other operations have brought, its list before its items", async () => {
    const list = `/orders/${orderId}/parcels`;
    const { results, asked } = await tryAdded({
      [list]: { parcels: [{ id: "parcel-1" }] },
      [`${list}/parcel-1`]: { id: "parcel-1" },
    });
    expect(asked).toEqual([`GET ${list}`, `GET ${list}/parcel-1`]);
    expect(results.get("listParcels")).toMatchObject({ outcome: "holds" });
    expect(results.get("getParcel")).toMatchObject({ outcome: "holds" });
  });

  test("and drifts where its response isn't as documented", async () => {
    const { results } = await tryAdded({ [`/orders/${orderId}/parcels`]: { parcels: [{ number: 1 }] } });
    expect(results.get("listParcels")).toMatchObject({
      outcome: "drifts",
      findings: [
        { place: "parcels[]", what: "id is missing" },
        { place: "parcels[]", what: "number is not documented (and id is absent)" },
      ],
    });
    expect(results.get("getParcel")).toMatchObject({ outcome: "not tried" });
  });

  test("or is listed as not tried, with the reason, and never when it may write", async () => {
    const { results, asked } = await tryAdded({}, true);
    const reasons = ["createParcel", "deleteParcel", "getVan", "getLabel", "listRates"].map((id) => {
      const { outcome, reason } = results.get(id) ?? {};
      return `${id}, ${outcome}: ${reason}`;
    });
    expect(reasons).toEqual([
      "createParcel, not tried: it may write, and has no case",
      "deleteParcel, not tried: it may write, and has no case",
      "getVan, not tried: no response had an id for {van}",
      "getLabel, not tried: it returns no JSON that the document describes",
      "listRates, not tried: it needs the query parameter country, and has no case that says which",
    ]);
    expect(asked).toEqual([`GET /orders/${orderId}/parcels`]);
  });

  test("and every operation of the document is in the results once", async () => {
    const { results } = await tryAdded({});
    expect(results.size).toBe(listOperations(document).length);
  });
});
