import type { Order, OrderRequest } from "../generated/schema.ts";
import type { PageClient } from "../pagination/paginate.ts";
import { canonicalJson, sha256 } from "../wrapper/digest.ts";
import {
  ApiError,
  ConfigurationError,
  FulfillmentError,
  InvalidRequestError,
  OutcomeUnknownError,
} from "../wrapper/errors.ts";
import { type Result, unwrap } from "../wrapper/result.ts";
import { systemTiming, type Timing } from "../wrapper/timing.ts";
import { mayRepeatPosts } from "../wrapper/transport/runtime.ts";
import { type Ledger, memoryLedger, OrderLedger, type PendingEntry } from "./ledger.ts";
import { fingerprintOf, type LookupOptions, type LookupResult, lookUpOrder } from "./lookup.ts";

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
 * The calls of the client that {@link submitOrder} makes.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderClient } from "juniper-fulfillment";
 *
 * const client: OrderClient = createFulfillmentClient(fromEnv());
 * ```
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

/**
 * The options of {@link submitOrder}.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, memoryLedger, type OrderRequest, submitOrder } from "juniper-fulfillment";
 * import type { SubmitOrderOptions } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const options: SubmitOrderOptions = { reference: "2026-000123", ledger: memoryLedger(), deadlineMs: 60_000 };
 * await submitOrder(client, order, options);
 * ```
 */
export interface SubmitOrderOptions {
  /** Your own name for the order, of 1 to 256 characters. One reference is one order, for ever. */
  reference: string;
  /**
   * Where references are remembered. Give a shared and lasting one to a fleet.
   * @default one in memory for each client
   */
  ledger?: Ledger | undefined;
  /**
   * How an order of unknown outcome is looked for.
   * @default {}
   */
  lookup?: LookupOptions | undefined;
  /**
   * Send once more when the reference was entered by an earlier call, no order is found for it, and a request of
   * that call can't be under way any more.
   * @default false
   */
  resend?: boolean | undefined;
  /**
   * Send from a browser too, although its fetch may send an order twice when a connection breaks. Nothing that this
   * package does can prevent that there.
   * @default false
   */
  acceptDuplicates?: boolean | undefined;
  /**
   * How long the request may take in all, in milliseconds.
   * @default 120000
   */
  deadlineMs?: number | undefined;
  /**
   * Ends the submission. An order that may have been sent by then is of unknown outcome.
   * @default none
   */
  signal?: AbortSignal | undefined;
  /**
   * Told when the ledger fails after the order was stored. The result is returned all the same.
   * @default none
   */
  onLedgerError?: ((error: unknown) => void) | undefined;
  /**
   * Time and chance, for tests.
   * @default the system's
   */
  timing?: Timing | undefined;
}

/**
 * What became of a submission.
 *
 * @example
 * ```ts
 * import type { SubmitOrderResult } from "juniper-fulfillment";
 *
 * function describe({ outcome, order }: SubmitOrderResult): string {
 *   return outcome === "created" ? `Placed as ${order.id}.` : `It was there already: ${order.id}.`;
 * }
 * ```
 */
export interface SubmitOrderResult {
  /** `created` by this call, `found` by a lookup, or `already-submitted` by an earlier call. */
  readonly outcome: "created" | "found" | "already-submitted";
  /** The order. Of one that was submitted earlier and can't be read now, the `id` alone. */
  readonly order: Order;
}

/**
 * Submits an order at most once, however often it is called with the same reference.
 *
 * - The reference is entered in the ledger, atomically, before anything is sent. Whoever finds it there, in another
 *   process or after a crash, does not send.
 * - An order that was refused or never sent is taken out again. It may be corrected and submitted anew.
 * - When the outcome is unknown, the order is looked for among the API's orders: same customer, items and terms,
 *   created since the reference was entered. One such order is the one.
 * - Several such orders, none, or another reference whose order looks the same and was sent on the same day: the
 *   outcome stays unknown, and you are told so.
 * - It sends again only with `resend`, and then one caller alone does.
 *
 * It can't promise to know the outcome in every case. It throws {@link OutcomeUnknownError} then, and never guesses.
 *
 * @param client The client to send with.
 * @param order The order. It is copied first, so that later changes to it do no harm.
 * @param options The reference, and where it is remembered.
 * @returns The stored order, and how it came to be known.
 * @throws {ConfigurationError} when the reference is missing or too long, or in a browser without `acceptDuplicates`.
 * @throws {InvalidRequestError} when the reference stands for another order, or the order fails the check of JH-09.
 * @throws {OutcomeUnknownError} when the order may or may not exist. `candidates` holds those that look like it.
 * @throws {FulfillmentError} of any other class when it certainly does not exist, such as {@link ValidationError}.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type OrderRequest, submitOrder } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * declare const order: OrderRequest;
 * const { outcome, order: stored } = await submitOrder(client, order, { reference: "2026-000123" });
 * console.log(outcome, stored.id);
 * ```
 */
export async function submitOrder(
  client: OrderClient,
  order: OrderRequest,
  options: SubmitOrderOptions,
): Promise<SubmitOrderResult> {
  const { reference, ledger = defaultLedgerOf(client) } = options ?? {};
  if (typeof reference !== "string" || reference === "" || reference.length > 256) {
    throw new ConfigurationError(
      "submitOrder needs a reference, your own name for the order, of 1 to 256 characters.",
    );
  }
  if (options.acceptDuplicates !== true && mayRepeatPosts()) {
    throw new ConfigurationError(
      "A browser's fetch may send an order twice when a connection breaks. Submit orders from a server, or set acceptDuplicates to true.",
    );
  }
  options.signal?.throwIfAborted();
  const body = JSON.parse(JSON.stringify(order)) as OrderRequest;
  const fingerprint = fingerprintOf(body);
  const orderLedger = new OrderLedger(ledger, await sha256(reference), await sha256(fingerprint));
  const submission = new Submission(client, body, fingerprint, orderLedger, options);
  return submission.run(await sha256(canonicalJson(body)));
}

/** The ledgers of clients that were given none, each gone with its client. */
const defaultLedgers = new WeakMap<OrderClient, Ledger>();

/** The ledger in memory that belongs to a client. */
export function defaultLedgerOf(client: OrderClient): Ledger {
  const ledger = defaultLedgers.get(client) ?? memoryLedger();
  defaultLedgers.set(client, ledger);
  return ledger;
}

const call = { method: "POST", path: "/orders" };

/** A request that is over by its deadline is over everywhere a little later, whatever the clocks say. */
const deadlineMarginMs = 30_000;

class Submission {
  readonly #client: OrderClient;
  readonly #body: OrderRequest;
  readonly #fingerprint: string;
  readonly #ledger: OrderLedger;
  readonly #options: SubmitOrderOptions;
  readonly #timing: Timing;
  readonly #deadlineMs: number;

  constructor(
    client: OrderClient,
    body: OrderRequest,
    fingerprint: string,
    ledger: OrderLedger,
    options: SubmitOrderOptions,
  ) {
    this.#client = client;
    this.#body = body;
    this.#fingerprint = fingerprint;
    this.#ledger = ledger;
    this.#options = options;
    this.#timing = options.timing ?? systemTiming;
    this.#deadlineMs = options.deadlineMs ?? 120_000;
  }

  async run(hash: string): Promise<SubmitOrderResult> {
    const startedAtMs = this.#timing.wallMs();
    const entry: PendingEntry = { state: "pending", hash, startedAtMs, sends: 1 };
    if (await this.#ledger.enter(entry)) return this.#send(entry);
    const earlier = await this.#ledger.read();
    // It was taken out in between, after a refusal.
    if (earlier === undefined) return this.run(hash);
    if (earlier.hash !== hash) {
      const hint = "Give each order its own reference.";
      throw new InvalidRequestError(`The reference has been used for another order. ${hint}`);
    }
    if (earlier.state === "done") return this.#readAgain(earlier.orderId);
    return this.#resolve(earlier, undefined, true);
  }

  async #send(entry: PendingEntry): Promise<SubmitOrderResult> {
    let order: Order;
    try {
      await this.#ledger.announce(this.#timing.wallMs());
    } catch (error) {
      return this.#giveUp(entry, error);
    }
    try {
      const { signal } = this.#options;
      const init = { body: this.#body, deadlineMs: this.#deadlineMs, ...(signal && { signal }) };
      order = unwrap(await this.#client.POST("/orders", init));
    } catch (error) {
      if (!isCertainlyNotStored(error)) return this.#resolve(entry, error, false);
      return this.#giveUp(entry, error);
    }
    if (typeof order?.id !== "string") return this.#resolve(entry, undefined, false);
    return this.#complete(entry, "created", order);
  }

  /** Ends a submission that has certainly stored nothing. Of a resend, that says nothing of the first sending. */
  async #giveUp(entry: PendingEntry, error: unknown): Promise<never> {
    if (entry.sends > 1) throw new OutcomeUnknownError({ ...call, cause: error });
    // Left in the ledger, it is of unknown outcome to the next caller: inconvenient, and safe.
    await this.#ledger.withdraw().catch((failure: unknown) => this.#options.onLedgerError?.(failure));
    throw error;
  }

  async #complete(
    entry: PendingEntry,
    outcome: SubmitOrderResult["outcome"],
    order: Order,
  ): Promise<SubmitOrderResult> {
    await this.#ledger
      .complete(entry, order.id)
      .catch((error: unknown) => this.#options.onLedgerError?.(error));
    return { outcome, order };
  }

  /** Finds out what became of an order that may have been stored. */
  async #resolve(entry: PendingEntry, cause: unknown, isEarlier: boolean): Promise<SubmitOrderResult> {
    const search: LookupResult & { error?: unknown } = await lookUpOrder(this.#client, {
      fingerprint: this.#fingerprint,
      startedAtMs: entry.startedAtMs,
      ledger: this.#ledger,
      timing: this.#timing,
      signal: this.#options.signal,
      // An order that was given up long ago has either arrived or never will.
      isLate: !this.#mayBeUnderWay(entry.startedAtMs),
      ...this.#options.lookup,
    }).catch((error: unknown) => ({ status: "open", candidates: [], isComplete: false, error }));
    const { candidates } = search;
    if (search.status === "found") return this.#complete(entry, "found", search.order);
    if (search.status === "done") return this.#readAgain(search.orderId);
    if (search.status === "withdrawn" && isEarlier) return this.run(entry.hash);
    const next =
      isEarlier && search.isComplete && candidates.length === 0 ? await this.#enterResend(entry) : undefined;
    if (next !== undefined) return this.#send(next);
    throw new OutcomeUnknownError(
      { ...call, cause: cause ?? search.error, candidates },
      hintFor(candidates.length),
    );
  }

  /** Makes this call the one that sends again, if it may and if no other one does. */
  async #enterResend(entry: PendingEntry): Promise<PendingEntry | undefined> {
    if (this.#options.resend !== true || this.#mayBeUnderWay(entry.startedAtMs)) return undefined;
    return this.#ledger.enterResend(entry, (atMs) => this.#mayBeUnderWay(atMs), this.#timing.wallMs());
  }

  #mayBeUnderWay(sentAtMs: number): boolean {
    return this.#timing.wallMs() < sentAtMs + this.#deadlineMs + deadlineMarginMs;
  }

  async #readAgain(orderId: string): Promise<SubmitOrderResult> {
    const outcome = "already-submitted";
    try {
      const params = { path: { orderId } };
      return { outcome, order: unwrap(await this.#client.GET("/orders/{orderId}", { params })) };
    } catch {
      // That it exists is certain. Only what it looks like today can't be told.
      return { outcome, order: { id: orderId } };
    }
  }
}

function hintFor(candidates: number): string {
  if (candidates > 0) return "The orders in `candidates` look like it. Decide which of them it is, if any.";
  return "No order that looks like it was found. When you are sure that there is none, submit it with `resend`.";
}

/**
 * Whether an error of the client means that no order was stored. Anything that the client does not know, such as
 * what a middleware throws after the answer, leaves that open.
 */
function isCertainlyNotStored(error: unknown): boolean {
  if (!(error instanceof FulfillmentError) || error instanceof OutcomeUnknownError) return false;
  return !(error instanceof ApiError) || error.status >= 400;
}
