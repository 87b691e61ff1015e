import { describe, expect, test } from "vitest";
import { compareTypes } from "../../scripts/spec/touched-types.ts";

const schema = (order: string, status = '"NEW" | "SHIPPED"'): string => `
export interface components {
  schemas: {
    Order: ${order};
    /** @description Where it stands. */
    Status: ${status};
    List: { orders?: components["schemas"]["Order"][] };
  };
}
export interface operations {
  listOrders: { responses: { 200: components["schemas"]["List"] } };
}
export const statusValues = [${status.replaceAll(" | ", ", ")}];
`;
const order = '{ id: string; status?: components["schemas"]["Status"] }';
const none = { added: [], removed: [], changed: [], affected: [] };

describe("the public types that a new document touches", () => {
  test("are none when only the order of things and their comments changed", () => {
    const after = schema('{ status?: components["schemas"]["Status"]; id: string }', '"SHIPPED" | "NEW"');
    expect(compareTypes(schema(order), after.replace("Where it stands", "Its state"))).toEqual(none);
  });

  test("are the changed ones, and those that are made of them", () => {
    expect(compareTypes(schema(order), schema(order, '"NEW"'))).toEqual({
      ...none,
      changed: ["Status", "statusValues"],
      affected: ["List", "Order"],
    });
  });

  test("include what became optional", () => {
    expect(compareTypes(schema(order), schema(order.replace("id:", "id?:")))).toEqual({
      ...none,
      changed: ["Order"],
      affected: ["List"],
    });
  });

  test("include what is gone and what is new", () => {
    const after = schema(order).replace("Status: ", "State: ");
    expect(compareTypes(schema(order), after)).toMatchObject({ added: ["State"], removed: ["Status"] });
  });
});
