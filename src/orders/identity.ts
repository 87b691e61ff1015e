import type { Order, OrderRequest } from "../generated/schema.ts";
import { canonicalJson, sha256 } from "../wrapper/digest.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import { copyOrder } from "./copy-order.ts";
import { type Likeness, likenessOf, type Traits, traitsOf } from "./fingerprint.ts";

/** Puts a reference into an order. */
export type Correlate = (reference: string, order: OrderRequest) => OrderRequest;

/** What an order and its reference are known by. */
export interface Identity {
  readonly reference: string;
  readonly referenceHash: string;
  /** What is sent. */
  readonly body: OrderRequest;
  readonly likeness: Likeness;
  /** The hash of the order as it was given, before `correlate`. */
  readonly hash: string;
  /** What tells an order of the same customer, where the order that was sent is no longer known. */
  readonly customerHashes: Traits;
  readonly fingerprint: string;
  readonly fingerprintHash: string;
  readonly strictFingerprint: string;
  readonly strictHash: string;
  /** Whether `correlate` makes the strict fingerprint the reference's own. */
  readonly isCorrelated: boolean;
}

/** @throws {ConfigurationError} when `correlate` does not return an order. */
export async function identify(
  reference: string,
  order: OrderRequest,
  correlate: Correlate | undefined,
): Promise<Identity> {
  const body = correlate ? correlated(correlate, reference, order) : order;
  const likeness = likenessOf(body);
  const [fingerprint, strictFingerprint] = [canonicalJson(likeness.loose), canonicalJson(likeness.strict)];
  const [customerHashes, referenceHash, fingerprintHash, strictHash, hash] = await Promise.all([
    hashesOfCustomer(reference, body),
    ...[reference, fingerprint, strictFingerprint, canonicalJson(order)].map((text) => sha256(text)),
  ]);
  return {
    ...{ reference, body, likeness, fingerprint, strictFingerprint, isCorrelated: correlate !== undefined },
    ...{ referenceHash: String(referenceHash), fingerprintHash: String(fingerprintHash), hash: String(hash) },
    // It is kept once for each order that looks the same.
    strictHash: String(strictHash).slice(0, 16),
    customerHashes,
  };
}

/**
 * They are others with each reference, so that entries don't tell which of them are of one customer, and so short that many
 * a name has the same.
 */
export async function hashesOfCustomer(reference: string, order: OrderRequest | Order): Promise<Traits> {
  const { name, email, ids } = traitsOf(order);
  const hashed = async (trait: string | undefined): Promise<string> =>
    trait === undefined ? "" : (await sha256(canonicalJson([reference, trait]))).slice(0, 6);
  const [nameHash = "", emailHash = "", ...idHashes] = await Promise.all([name, email, ...ids].map(hashed));
  return { name: nameHash, email: emailHash, ids: idHashes };
}

function correlated(correlate: Correlate, reference: string, order: OrderRequest): OrderRequest {
  const body: unknown = correlate(reference, structuredClone(order));
  if (typeof body !== "object" || body === null || !("lineItems" in body)) {
    throw new ConfigurationError("correlate must return the order with the reference in it.");
  }
  return copyOrder(body);
}
