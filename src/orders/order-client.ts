import type { Order, OrderRequest } from "../generated/schema.ts";
import type { PageClient } from "../pagination/paginate.ts";
import type { Result } from "../wrapper/result.ts";

interface ReadInit {
  readonly params: { readonly path: { orderId: string } };
  readonly [option: string]: unknown;
}

interface CreateInit {
  readonly body: OrderRequest;
  readonly signal?: AbortSignal;
  readonly [option: string]: unknown;
}

/**
 * The client methods that {@link submitOrder} uses. A wrapper around the client must pass on everything in `init`.
 *
 * @example
 * ```ts
 * import { type OrderClient, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const place = (client: OrderClient, reference: string, order: OrderRequest) =>
 *   submitOrder(client, order, { reference });
 * ```
 */
export interface OrderClient extends PageClient {
  /** Lists orders, and reads one. */
  GET: PageClient["GET"] & ((path: "/orders/{orderId}", init: ReadInit) => Promise<Result<Order>>);
  /**
   * Creates an order.
   *
   * @param path The path.
   * @param init The order, and the other options of the call.
   * @returns The stored order, or the error.
   */
  POST(path: "/orders", init: CreateInit): Promise<Result<Order>>;
}
