import type { Store } from "../wrapper/store.ts";
import { boundedStore } from "./bounded-store.ts";
import type { Deadline } from "./deadline.ts";
import { voidTtlMs } from "./entry-cell.ts";
import type { Identity } from "./identity.ts";
import { readValue } from "./read-value.ts";
import { keyPrefix, ReferenceLedger } from "./reference-ledger.ts";

/** A reference that was sent with the same fingerprint. */
interface Twin {
  readonly referenceHash: string;
  /** The hash of its strict fingerprint. */
  readonly strictHash: string;
  readonly atMs: number;
}

/** What is known of the other references with the same fingerprint. */
export interface OtherTwins {
  /** Whether these are all. */
  readonly isComplete: boolean;
  /** The strict fingerprints of those that may have an order which nobody knows yet. */
  readonly unsettled: readonly string[];
  /** The orders of the others. */
  readonly orderIds: ReadonlySet<string>;
}

/** No order is stored later than this after it was sent. */
const horizonMs = voidTtlMs;

/** More are not kept under one fingerprint. */
const maxTwins = 500;
const maxTries = 50;
const several = "several";

/**
 * Which references were sent with one fingerprint in the last month. An order that looks like one of them can be any
 * of them, until it is known whose it is.
 *
 * Every sender announces itself here before it sends. Whoever has found an order asks afterwards, so that it sees
 * everyone who can have stored that order. Times of the day play no part, and neither do the senders' clocks.
 *
 * Without `replace` in the ledger, a second sender leaves nothing but the note that there are several: such orders are
 * never told apart.
 */
export class Twins {
  readonly #store: Store;
  readonly #ledger: Store;
  readonly #deadline: Deadline;
  readonly #key: string;
  readonly #own: Pick<Twin, "referenceHash" | "strictHash">;
  readonly #server: string | undefined;

  /** @param server Where the order goes. Another one may give its identifier to an order of its own. */
  constructor(
    ledger: Store,
    server: string | undefined,
    deadline: Deadline,
    {
      fingerprintHash,
      referenceHash,
      strictHash,
    }: Pick<Identity, "fingerprintHash" | "referenceHash" | "strictHash">,
  ) {
    this.#store = boundedStore(ledger, deadline);
    this.#ledger = ledger;
    this.#deadline = deadline;
    this.#key = `${keyPrefix}:alike:${fingerprintHash}`;
    this.#own = { referenceHash, strictHash };
    this.#server = server;
  }

  /** Lets every other submission with the same fingerprint know of this one, before it is sent. */
  async announce(nowMs: number): Promise<void> {
    const { add, get, set, replace } = this.#store;
    const own: Twin = { ...this.#own, atMs: nowMs };
    for (let tries = 0; tries < maxTries; tries++) {
      if (await add(this.#key, JSON.stringify([own]), horizonMs)) return;
      const text = await get(this.#key);
      // It lags behind, or has just come to its end.
      if (text === null || text === undefined) continue;
      if (text === several) break;
      if (replace === undefined) {
        if (this.#parse(text).every(({ referenceHash }) => referenceHash === own.referenceHash)) return;
        break;
      }
      const others = this.#parse(text).filter(
        ({ referenceHash, atMs }) => referenceHash !== own.referenceHash && atMs > nowMs - horizonMs,
      );
      if (others.length >= maxTwins) break;
      if (await replace(this.#key, text, JSON.stringify([...others, own]), horizonMs)) return;
    }
    // Never wrong, and never resolved either. It is kept for a month from the last of them.
    await set(this.#key, several, horizonMs);
  }

  #parse(text: string): readonly Twin[] {
    return readValue(this.#key, text, readTwins);
  }

  /**
   * To be asked after the orders were read: whoever stored one of them had announced itself before. Once this reference
   * is forgotten here, so may be another one that is just as old: what is listed then isn't all.
   */
  async others(nowMs: number): Promise<OtherTwins> {
    const orderIds = new Set<string>();
    const unsettled: string[] = [];
    const twins = await this.#read();
    if (twins === undefined) return { isComplete: false, unsettled, orderIds };
    let isComplete = false;
    for (const { referenceHash, strictHash, atMs } of twins) {
      if (referenceHash === this.#own.referenceHash) {
        isComplete = atMs > nowMs - horizonMs;
        continue;
      }
      const entry = await new ReferenceLedger(this.#ledger, referenceHash, this.#deadline).readSettled();
      if (entry === undefined) unsettled.push(strictHash);
      else if (entry.state === "done" && entry.server === this.#server) orderIds.add(entry.orderId);
    }
    return { isComplete, unsettled, orderIds };
  }

  /** All that have announced themselves so far. Undefined when that can't be told. */
  async #read(): Promise<readonly Twin[] | undefined> {
    const { get, replace } = this.#store;
    for (let tries = 0; tries < 3; tries++) {
      const text = await get(this.#key);
      if (text === null || text === undefined) continue;
      if (text === several) return undefined;
      // A copy may lag behind. The one that takes the writes says whether this is all.
      if (replace === undefined || (await replace(this.#key, text, text, horizonMs)))
        return this.#parse(text);
    }
    return undefined;
  }
}

/** @throws {TypeError} for anything that this package has not written. */
function readTwins(text: string): readonly Twin[] {
  const twins: unknown = JSON.parse(text);
  const isTwin = ({ referenceHash, strictHash, atMs }: Partial<Record<keyof Twin, unknown>>): boolean =>
    typeof referenceHash === "string" && typeof strictHash === "string" && typeof atMs === "number";
  if (!Array.isArray(twins) || !twins.every((twin) => isTwin(Object(twin)))) {
    throw new TypeError("not a list of twins");
  }
  return twins as Twin[];
}
