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
 * The calls of the client that {@link submitOrder} makes. A wrapper around it has to pass on all that `init`
 * holds.
 */
export interface OrderClient extends PageClient {
  /** Lists orders, and reads one. */
  GET: PageClient["GET"] & ((path: "/orders/{orderId}", init: ReadInit) => Promise<Result<Order>>);
  /**
   * Creates an order.
   *
   * @param path The path.
   * @param init The order, and what openapi-fetch takes beside it.
   * @returns The stored order, or what went wrong.
   */
  POST(path: "/orders", init: CreateInit): Promise<Result<Order>>;
}
