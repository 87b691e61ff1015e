import type { OrderRequest } from "../generated/schema.ts";
import { InvalidRequestError } from "../wrapper/errors.ts";
import { isRecord } from "../wrapper/is-record.ts";

/**
 * Copies an order as JSON will write it, so that it stays as it is while it is submitted.
 *
 * @throws {InvalidRequestError} for anything that can't be an order. The message never holds what it holds.
 */
export function copyOrder(order: unknown): OrderRequest {
  const copy = copyJson(order);
  const items = isRecord(copy) ? (copy.lineItems ?? []) : undefined;
  if (Array.isArray(items) && items.every(isRecord)) return copy as OrderRequest;
  throw new InvalidRequestError(
    "An order must be an object that can be written as JSON, without NaN, and its lineItems a list of objects. Nothing was sent.",
  );
}

/** JSON would write null in its place. */
function refuseNoNumber(_name: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("no number");
  return value;
}

function copyJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, refuseNoNumber));
  } catch {
    return undefined;
  }
}
