import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, resolvePointer } from "../../scripts/generation/document.ts";
import { applyOverlay, readOverlay } from "../../scripts/generation/overlay.ts";
import { corrections, published } from "../support/documents.ts";

const actions = readOverlay(corrections, "corrections.yaml");
const ids = [...new Set(actions.map(({ id }) => id))];

/** What is wrong with the published document, in words of its own and not in those of the overlay. */
const evidence: Readonly<Record<string, () => void>> = {
  "JH-01": () => {
    expect(schema("OrderAddress").properties).toHaveProperty("zip");
    expect(schema("OrderAddress").properties).not.toHaveProperty("zipCode");
    expect(schema("Address").properties).toHaveProperty("zipCode");
  },
  "JH-02": () => {
    expect(at("OrderRequest/properties/orderType/enum")).toContain("ONE_TIME");
    expect(at("Order/properties/orderType/enum")).toContain("ONE-TIME");
    expect(at("Order/properties/orderType/enum")).not.toContain("ONE_TIME");
  },
  "JH-03": () => {
    expect(JSON.stringify(published.paths)).toMatch(/only while it is in the NEW status/);
    expect(schema("OrderStatus").enum).not.toContain("NEW");
  },
  "JH-10": () => {
    expect(at("Order/properties/totalDiscount/description")).toBe(
      at("Order/properties/subtotalPrice/description"),
    );
  },
  "JH-11": () => {
    for (const name of ["Order", "Protocol", "Product"]) expect(schema(name).required).toBeUndefined();
  },
};

describe("the published document is still wrong", () => {
  for (const id of ids) {
    test(`${id}: each of its corrections still changes something`, async () => {
      const own = actions.filter((action) => action.id === id);
      await expect(applyOverlay(published, own)).resolves.toBeDefined();
    });

    test(`${id}: the evidence is still there`, () => {
      expect(evidence[id], `no evidence of ${id} in this file`).toBeDefined();
      evidence[id]?.();
    });
  }
});

describe("what is kept as documented", () => {
  test("JH-05: a webhook says orderId where the API says id", () => {
    expect(schema("OrderStatusEventOrder").properties).toHaveProperty("orderId");
  });

  test("JH-06: only order answers leave daysSupply open", () => {
    expect(at("OrderRequest/properties/daysSupply/enum")).toEqual([30, 60, 90]);
    expect(at("Order/properties/daysSupply/enum")).toBeUndefined();
  });

  test("JH-07: packDescription is required on the lines of an order's request", () => {
    expect(schema("OrderRequestLineItem").required).toContain("packDescription");
  });

  test("JH-09: the sum of the doses stands in prose", () => {
    expect(schema("Administration").description).toMatch(/add up to the line item's quantity/);
  });
});

function schema(name: string): JsonObject {
  return at(name) as JsonObject;
}

function at(path: string): Json | undefined {
  return resolvePointer(published, `#/components/schemas/${path}`);
}
