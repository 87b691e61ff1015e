import ts from "typescript";
import { describe, expect, test } from "vitest";
import { editorOf } from "../support/editor.ts";

const text = `import {
  createFulfillmentClient, fromEnv, type OrderRequest, paginate, unwrap, waitForOrder, webhookHandler,
} from "juniper-fulfillment";
import { createMock, startMockServer } from "juniper-fulfillment/testing";

const client = createFulfillmentClient(fromEnv());
declare const request: OrderRequest;
const params = { path: { orderId: "o-1" } };
const order = unwrap(await client.GET("/orders/{orderId}", { params }));
const { customer, status } = order;
const listed = await client.GET("/orders");
const placed = await client.POST("/orders", { body: request });
const settings = unwrap(await client.PATCH("/partners/settings", { body: { webhookUrl: "https://example.com" } }));
const waited = await waitForOrder(client, "o-1", { until: "SHIPPED" });
for await (const product of paginate(client, "/products")) console.log(product.name);
webhookHandler({ secret: "s", onEvent: (event) => console.log(event.order.status) });
const inProcess = createMock().clientOptions;
const onPort = (await startMockServer()).clientOptions;

const { zipCode, ...noZip } = request.customer.address;
void client.POST("/orders", { body: { ...request, customer: { ...request.customer, address: noZip } } });
void client.POST("/orders", { body: order });
void client.POST("/orders", { body: { ...request, shippingMethod: "FAST" } });
void client.POST("/orders", { bodi: request });
`;
const { file, service } = editorOf("shown.ts", text);

/** What an editor shows over the first place with these words. */
function hover(words: string): string {
  const at = text.indexOf(words);
  const info = at === -1 ? undefined : service.getQuickInfoAtPosition(file, at);
  return ts.displayPartsToString(info?.displayParts);
}

describe("an editor shows by its name", () => {
  test.each([
    ["request: ", "const request: OrderRequest"],
    ["order = ", "const order: Order"],
    ["customer, ", "const customer: OrderCustomer | undefined"],
    ["listed = ", "const listed: Result<OrderList, BadRequestBody>"],
    ["placed = ", "const placed: Result<Order, BadRequestBody | ValidationErrorBody>"],
    ["settings = ", "const settings: PartnerSettings"],
    ["waited = ", "const waited: Order"],
    ["product of", "const product: Product"],
    ["event)", "(parameter) event: OrderStatusEvent"],
    ["inProcess = ", "const inProcess: MockClientOptions"],
    ["onPort = ", "const onPort: MockServerClientOptions"],
  ])("what %j declares", (words, shown) => {
    expect(hover(words)).toBe(shown);
  });

  test("what unwrap takes and returns", () => {
    expect(hover("unwrap(await client.GET")).toMatch(
      /^\(alias\) unwrap<Order>\(result: Result<Order.*>\): Order\n/,
    );
  });

  test("what a call takes and resolves with", () => {
    expect(hover('GET("/orders/{orderId}"')).toMatch(
      /\(path: "\/orders\/\{orderId\}", init: CallOptions<"get", "\/orders\/\{orderId\}", "json">\) => Promise<Result<Order, never>>$/,
    );
  });

  test("the status to wait for", () => {
    expect(hover("until: ")).toContain("until: OrderStatus | Unknown<");
  });
});

describe("an error names", () => {
  const source = service.getProgram()?.getSourceFile(file);
  const errors = new Map(
    service.getSemanticDiagnostics(file).map(({ start = 0, messageText }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      return [text.split("\n")[line], ts.flattenDiagnosticMessageText(messageText, "\n")];
    }),
  );
  const errorOf = (words: string): string =>
    [...errors].find(([line]) => line?.includes(words) === true)?.[1] ?? "";

  test("the address that lacks a ZIP code", () => {
    expect(errorOf("address: noZip")).toContain("but required in type 'OrderAddress'");
  });

  test("the order that is no request", () => {
    expect(errorOf("body: order")).toContain("Type 'Order' is not assignable to type 'OrderRequest'");
  });

  test("the values of an enum", () => {
    expect(errorOf('"FAST"')).toMatch(
      /is not assignable to type '(ShippingMethodName|"STANDARD" \| "EXPRESS" \| .*)'/,
    );
  });

  test("the options of the call that an option is misspelt for", () => {
    expect(errorOf("bodi:")).toContain(`does not exist in type 'CallOptions<"post", "/orders", "json">'`);
  });

  test("nothing where nothing is wrong", () => {
    expect(errors.size).toBe(4);
  });
});
