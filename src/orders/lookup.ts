import type { Order, OrderRequest } from "../generated/schema.ts";
import { type PageClient, paginate } from "../pagination/paginate.ts";
import { canonicalJson } from "../wrapper/digest.ts";
import type { Timing } from "../wrapper/timing.ts";
import type { OrderLedger } from "./ledger.ts";

/**
 * How an order of unknown outcome is looked for.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const lookup = { maxPages: 20, timeoutMs: 30_000 };
 * await submitOrder(client, order, { reference: "2026-000123", lookup });
 * ```
 */
export interface LookupOptions {
  /**
   * The most pages of a hundred orders to read, each time.
   * @default 10
   */
  maxPages?: number | undefined;
  /**
   * How long to go on looking, in milliseconds: a slow server may store an order late.
   * @default 15000
   */
  timeoutMs?: number | undefined;
  /**
   * How far the server's clock may be behind this machine's, in milliseconds. An equal order of that time before
   * the submission, placed without a reference, would be taken for this one.
   * @default 60000
   */
  clockSkewMs?: number | undefined;
}

/** What a lookup found. */
export type LookupResult = Candidates &
  (
    | {
        /** Exactly one order can be it. */ readonly status: "found";
        readonly order: Order;
      }
    | {
        /** Another call with the same reference has completed it. */ readonly status: "done";
        readonly orderId: string;
      }
    | {
        /** Another call with the same reference has stored nothing, and withdrawn. */ readonly status: "withdrawn";
      }
    | { /** It can't be decided. */ readonly status: "open" }
  );

interface Candidates {
  /** The orders that look like it. */
  readonly candidates: readonly Order[];
  /** Whether all orders were read that could be it. */
  readonly isComplete: boolean;
}

interface Lookup extends LookupOptions {
  readonly fingerprint: string;
  readonly startedAtMs: number;
  readonly ledger: OrderLedger;
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
  readonly isLate: boolean;
}

/**
 * What makes two orders alike to a lookup: the customer by the partner's own identifier, the products with their
 * quantities, and the terms. Addresses and names are left out, since a server may well store them in another form.
 */
export function fingerprintOf(order: OrderRequest | Order): string {
  const items = (order.lineItems ?? []).map(({ productId, quantity }) => `${productId} ${quantity}`);
  return canonicalJson({
    customer: order.customer?.sourceId,
    items: items.sort(),
    daysSupply: order.daysSupply,
    shippingMethod: order.shippingMethod,
    // With JH-02 switched off it comes back in the vendor's spelling.
    orderType: order.orderType?.replace("-", "_"),
  });
}

/**
 * Looks for an order among those of the API, until it is found or the time is up.
 *
 * @throws what the last look threw, and whatever the ledger throws.
 */
export async function lookUpOrder(client: PageClient, lookup: Lookup): Promise<LookupResult> {
  const { timing, signal, ledger, startedAtMs, timeoutMs = 15_000, clockSkewMs = 60_000 } = lookup;
  const endMs = timing.monotonicMs() + timeoutMs;
  let failure: unknown;
  for (let delayMs = 250; ; delayMs *= 2) {
    const entry = await ledger.read();
    const nothing = { candidates: [], isComplete: true };
    if (entry === undefined) return { status: "withdrawn", ...nothing };
    if (entry.state === "done") return { status: "done", orderId: entry.orderId, ...nothing };
    const found = await readCandidates(client, lookup).catch((error: unknown) => {
      failure = error;
      return undefined;
    });
    const [order] = found?.candidates ?? [];
    if (found !== undefined && order !== undefined) {
      // Asked after the orders were read: whoever stored one of them had announced it before.
      const hasTwin = await ledger.hasTwin(startedAtMs - clockSkewMs, timing.wallMs() + clockSkewMs);
      if (found.candidates.length > 1 || hasTwin || !hasTime(order)) return { status: "open", ...found };
      return { status: "found", order, ...found };
    }
    const isOver = signal?.aborted || timing.monotonicMs() + delayMs >= endMs;
    if (isOver && found === undefined) throw failure;
    if (found !== undefined && (isOver || lookup.isLate)) return { status: "open", ...found, candidates: [] };
    await timing.sleep(delayMs, signal);
  }
}

/** The orders that could be the one: alike, and recent enough. */
async function readCandidates(
  client: PageClient,
  { fingerprint, startedAtMs, signal, maxPages = 10, clockSkewMs = 60_000 }: Lookup,
): Promise<Candidates> {
  const candidates = new Map<string, Order>();
  let page = 0;
  let isComplete = false;
  for await (const { items, nextCursor } of paginate(client, "/orders", {
    signal,
    prefetch: false,
  }).pages()) {
    for (const order of items) {
      if (fingerprintOf(order) !== fingerprint || typeof order.id !== "string") continue;
      if (hasTime(order) && Date.parse(order.createdAt) < startedAtMs - clockSkewMs) continue;
      candidates.set(order.id, order);
    }
    isComplete = nextCursor === undefined;
    if (++page >= maxPages) break;
  }
  return { candidates: [...candidates.values()], isComplete };
}

function hasTime(order: Order): order is Order & { createdAt: string } {
  return !Number.isNaN(Date.parse(order.createdAt ?? ""));
}
