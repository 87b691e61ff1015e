import { matchesWords } from "./catalogue.ts";
import { Collection } from "./collection.ts";
import type { StoredRequest } from "./orders.ts";
import type { Page, PageQuery } from "./pagination.ts";
import type { Totals } from "./pricing.ts";
import { notFound } from "./refusal.ts";

/** A protocol that the mock keeps. */
export interface StoredProtocol extends StoredRequest, Totals {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The protocols of the backend. */
export class Protocols {
  readonly #protocols = new Collection<StoredProtocol>("protocols");

  /** @throws {Refusal} 404 for an unknown protocol. */
  get(id: string): StoredProtocol {
    const protocol = this.#protocols.get(id);
    if (protocol === undefined) throw notFound("Protocol");
    return protocol;
  }

  create(id: string, request: StoredRequest, totals: Totals, now: string): StoredProtocol {
    return this.#protocols.add({ id, ...contents(request), ...totals, createdAt: now, updatedAt: now });
  }

  update(
    { id, createdAt }: StoredProtocol,
    request: StoredRequest,
    totals: Totals,
    now: string,
  ): StoredProtocol {
    return this.#protocols.replace({ id, ...contents(request), ...totals, createdAt, updatedAt: now });
  }

  remove({ id }: StoredProtocol): void {
    this.#protocols.remove(id);
  }

  /** The protocols whose customer's name contains each word of the search. */
  page(query: PageQuery, search: string | undefined): Page<StoredProtocol> {
    return this.#protocols.page(
      query,
      ({ customer }) =>
        search === undefined || matchesWords(search, String(customer.firstName), String(customer.lastName)),
    );
  }
}

/** Picks the fields that a protocol takes from a request. */
function contents({
  customer,
  daysSupply,
  lineItems,
  shippingMethod,
  orderType,
}: StoredRequest): StoredRequest {
  return { customer, daysSupply, lineItems, shippingMethod, orderType };
}
