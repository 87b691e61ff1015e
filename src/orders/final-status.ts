import type { Order } from "../generated/schema.ts";

/** An order of one of these no longer changes. */
const finalStatuses: ReadonlySet<unknown> = new Set(["SHIPPED", "CANCELLED"]);

export function isFinal({ status }: Order): boolean {
  return finalStatuses.has(status);
}
