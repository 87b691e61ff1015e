import { describe, expect, test } from "vitest";
import { compileErrors } from "../support/compile-examples.ts";
import { editorOf } from "../support/editor.ts";

const start = `import { createFulfillmentClient } from "juniper-fulfillment";
const client = createFulfillmentClient({ accessToken: "t" });
`;

/** Calls of paths that there aren't, and those that the compiler is to name. */
const unknown: readonly (readonly [call: string, named: readonly string[]])[] = [
  ['client.GET("/order")', ["/orders", "/orders/{orderId}"]],
  ['client.GET("orders")', ["/orders", "/orders/{orderId}"]],
  ['client.GET("/v1/orders")', ["/orders", "/orders/{orderId}"]],
  ['client.GET("/Orders")', ["/orders", "/orders/{orderId}"]],
  ['client.GET("/orders/{id}", { params: { path: { id: "1" } } })', ["/orders/{orderId}"]],
  ['client.GET("/product/{productId}")', ["/products", "/products/{productId}"]],
  ['client.GET("/shippingMethods")', ["/shipping-methods"]],
  ['client.POST("/orders/{orderId}", {})', ["/orders/{orderId}/cancel"]],
  ['client.DELETE("/orders/{orderId}", {})', ["/protocols/{protocolId}"]],
  ['client.request("get", "/order")', ["/orders", "/orders/{orderId}"]],
];

describe("an unknown path", () => {
  const errors = compileErrors(unknown.map(([call]) => ({ place: call, code: `${start}void ${call};` })));

  test.each(unknown)("is an error that names the nearest ones: %s", (call, named) => {
    const found = errors.get(call) ?? [];
    expect(found).toHaveLength(1);
    const [, listed = ""] = / is not assignable to parameter of type '(.*)'\.$/.exec(found[0] ?? "") ?? [];
    expect(new Set(listed.split(" | "))).toEqual(new Set(named.map((path) => `"${path}"`)));
  });
});

test("an editor completes paths, and what a call takes", () => {
  const text = `${start}void client.GET("/");\nvoid client.GET("/orders", { params: { query: {  } } });\n`;
  const { file, service } = editorOf("completed.ts", text);
  const completed = (before: string): string[] =>
    (service.getCompletionsAtPosition(file, text.indexOf(before) + before.length, {})?.entries ?? []).map(
      ({ name }) => name,
    );
  expect(completed('GET("/')).toEqual(expect.arrayContaining(["/orders", "/orders/{orderId}", "/products"]));
  expect(completed('GET("/')).not.toContain("/orders/{orderId}/cancel");
  expect(completed("query: { ").sort()).toEqual(["cursor", "direction", "limit", "status"]);
});
