import { matchesWords } from "./catalogue.ts";
import type { StoredRequest } from "./orders.ts";
import type { Page, PageQuery } from "./pages.ts";
import type { Totals } from "./pricing.ts";
import { notFound } from "./refusal.ts";
import { Shelf } from "./shelf.ts";

/** A protocol that the mock keeps. */
export interface StoredProtocol extends StoredRequest, Totals {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The protocols of the house. */
export class Protocols {
  readonly #shelf = new Shelf<StoredProtocol>("protocols");

  /** @throws {Refusal} 404 for a protocol that there is not. */
  get(id: string): StoredProtocol {
    const protocol = this.#shelf.get(id);
    if (protocol === undefined) throw notFound("Protocol");
    return protocol;
  }

  create(id: string, request: StoredRequest, totals: Totals, now: string): StoredProtocol {
    return this.#shelf.add({ id, ...contents(request), ...totals, createdAt: now, updatedAt: now });
  }

  update(
    { id, createdAt }: StoredProtocol,
    request: StoredRequest,
    totals: Totals,
    now: string,
  ): StoredProtocol {
    return this.#shelf.replace({ id, ...contents(request), ...totals, createdAt, updatedAt: now });
  }

  remove({ id }: StoredProtocol): void {
    this.#shelf.remove(id);
  }

  /** Those whose customer's name has each word of the search. */
  page(query: PageQuery, search: string | undefined): Page<StoredProtocol> {
    return this.#shelf.page(
      query,
      ({ customer }) =>
        search === undefined || matchesWords(search, String(customer.firstName), String(customer.lastName)),
    );
  }
}

/** The fields that a protocol takes from a request, and no others that the request may hold. */
function contents({
  customer,
  daysSupply,
  lineItems,
  shippingMethod,
  orderType,
}: StoredRequest): StoredRequest {
  return { customer, daysSupply, lineItems, shippingMethod, orderType };
}
