import { isObject, type Json, type JsonObject, resolvePointer } from "../../document/document.ts";

/** What shows, in the published document alone and in words other than the overlay's, that a discrepancy is there. */
export interface Evidence {
  readonly id: string;
  /** Whether it is kept as documented, and no correction hides it. */
  readonly isKept?: boolean;
  readonly says: string;
  readonly isThere: (document: JsonObject) => boolean;
}

/** The discrepancies that the document shows. The tests hold them against the published document. */
export const evidence: readonly Evidence[] = [
  {
    id: "JH-01",
    says: "an order's address has `zip`, a protocol's `zipCode`",
    isThere: (document) =>
      has(document, "OrderAddress/properties/zip") &&
      !has(document, "OrderAddress/properties/zipCode") &&
      has(document, "Address/properties/zipCode"),
  },
  {
    id: "JH-02",
    says: "an order's type is `ONE_TIME` in requests and `ONE-TIME` in answers",
    isThere: (document) =>
      list(document, "OrderRequest/properties/orderType/enum").includes("ONE_TIME") &&
      list(document, "Order/properties/orderType/enum").includes("ONE-TIME") &&
      !list(document, "Order/properties/orderType/enum").includes("ONE_TIME"),
  },
  {
    id: "JH-03",
    says: "cancelling speaks of a status `NEW`, which the statuses lack",
    isThere: (document) =>
      /only while it is in the NEW status/.test(JSON.stringify(document.paths)) &&
      !list(document, "OrderStatus/enum").includes("NEW"),
  },
  {
    id: "JH-04",
    isKept: true,
    says: "the base path is `/v1`",
    isThere: ({ servers }) =>
      Array.isArray(servers) &&
      servers.length > 0 &&
      servers.every((server) => isObject(server) && /\/v1\/?$/.test(String(server.url))),
  },
  {
    id: "JH-05",
    isKept: true,
    says: "a webhook says `orderId` where the API says `id`",
    isThere: (document) => has(document, "OrderStatusEventOrder/properties/orderId"),
  },
  {
    id: "JH-06",
    isKept: true,
    says: "`daysSupply` is 30, 60 or 90, but for order answers, which leave it open",
    isThere: (document) =>
      list(document, "OrderRequest/properties/daysSupply/enum").join() === "30,60,90" &&
      has(document, "Order/properties/daysSupply") &&
      !has(document, "Order/properties/daysSupply/enum"),
  },
  {
    id: "JH-07",
    isKept: true,
    says: "`packDescription` is required on the lines of an order's request",
    isThere: (document) => list(document, "OrderRequestLineItem/required").includes("packDescription"),
  },
  {
    id: "JH-08",
    isKept: true,
    says: "error bodies have a `detail` that is a text or a list, an `error`, or are a bare item",
    isThere: (document) =>
      at(document, "BadRequestBody/properties/detail/type") === "string" &&
      at(document, "ValidationErrorBody/properties/detail/type") === "array" &&
      has(document, "UnauthorizedBody/properties/error") &&
      has(document, "ValidationIssue/properties/loc"),
  },
  {
    id: "JH-09",
    isKept: true,
    says: "that the doses add up to the quantity stands in prose only",
    isThere: (document) =>
      /add up to the line item's quantity/.test(String(at(document, "Administration/description"))),
  },
  {
    id: "JH-10",
    says: "`totalDiscount` is described as the subtotal",
    isThere: (document) =>
      at(document, "Order/properties/totalDiscount/description") ===
        at(document, "Order/properties/subtotalPrice/description") &&
      has(document, "Order/properties/totalDiscount"),
  },
  {
    id: "JH-11",
    says: "no answer marks `id` as required",
    isThere: (document) =>
      ["Order", "Protocol", "Product"].every(
        (name) => has(document, name) && !list(document, `${name}/required`).includes("id"),
      ),
  },
];

function at(document: JsonObject, path: string): Json | undefined {
  return resolvePointer(document, `#/components/schemas/${path}`);
}

function has(document: JsonObject, path: string): boolean {
  return at(document, path) !== undefined;
}

function list(document: JsonObject, path: string): Json[] {
  const value = at(document, path);
  return Array.isArray(value) ? value : [];
}
