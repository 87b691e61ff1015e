import { createFulfillmentClient, type FulfillmentClient, unwrap } from "juniper-fulfillment";
import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { corrected, faultsOf, operations } from "../support/documents.ts";
import { callOperation, sampleCall } from "../support/sample-calls.ts";

let mock: MockServer;
let client: FulfillmentClient;
const covered: string[] = [];

beforeAll(async () => {
  mock = await startMockServer();
  client = createFulfillmentClient(mock.clientOptions);
});
afterAll(async () => {
  await mock.close();
  console.log(`${covered.length} operations hold their contract:\n  ${covered.join("\n  ")}`);
});

describe("against Prism serving the wire document", () => {
  test("there is an operation to try", () => expect(operations).not.toHaveLength(0));

  for (const operation of operations) {
    const { operationId } = operation.operation;
    test(`${operationId} (${operation.key}) sends what the document allows and returns what the types promise`, async () => {
      const call = sampleCall(corrected, operation);
      mock.requests.length = 0;

      const result = await callOperation(client, operation, call);

      const sent = mock.requests.filter(({ path }) => path.startsWith("/v1/"));
      expect(sent).toHaveLength(1);
      expect(sent[0]?.operation).toBe(operation.key);
      const query = new URLSearchParams(sent[0]?.path.split("?")[1]);
      expect([...query.values()]).toEqual(Object.values(call.query).map(String));
      mock.expectNoViolations();
      expect(result.response.headers.get("sl-violations")).toBeNull();
      expect(faultsOf(operation, result.response.status, unwrap(result))).toEqual([]);
      covered.push(`${String(operationId).padEnd(22)} ${operation.key}`);
    });
  }
});
