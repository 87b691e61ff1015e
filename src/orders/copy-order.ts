import type { OrderRequest } from "../generated/schema.ts";
import { InvalidRequestError } from "../wrapper/errors.ts";
import { findNoNumber } from "../wrapper/find-no-number.ts";
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

function copyJson(value: unknown): unknown {
  try {
    const json = JSON.stringify(value);
    return findNoNumber(value, json) === undefined ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}
