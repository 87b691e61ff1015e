import type { Order } from "../generated/schema.ts";
import { sha256 } from "../wrapper/digest.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { Store } from "../wrapper/store.ts";
import { boundedStore } from "./bounded-store.ts";
import { timeOf } from "./created-at.ts";
import type { Deadline } from "./deadline.ts";
import { EntryCell, maxTries, voidTtlMs } from "./entry-cell.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { defaultListDelayMs } from "./list-delay.ts";
import { isListOfStrings, readValue } from "./read-value.ts";
import { keyPrefix } from "./reference-ledger.ts";

export interface Differences {
  /** Fields of the fingerprint. A lookup finds nothing then, and proves nothing by that. */
  readonly loose: readonly string[];
  /** Other fields. */
  readonly strict: readonly string[];
}

/**
 * An order that exists for certain: where a list doesn't show it, or in another form, it shows nothing of others either.
 */
export interface KnownOrder {
  readonly id: string;
  /** When it was created, in milliseconds since 1970. 0 where it doesn't say. */
  readonly atMs: number;
  /** The hash of its fingerprint, as the API has returned it. */
  readonly look: string;
}

export async function knownOrderOf(order: Order): Promise<KnownOrder> {
  return { id: order.id, atMs: timeOf(order) || 0, look: (await sha256(fingerprintOf(order))).slice(0, 16) };
}

/** What is known of how the API returns orders. */
export interface Form {
  /** The fields of the fingerprint that come back in another form than they were sent in. */
  readonly changed: readonly string[];
  /** Some orders that exist: none where none has been created yet, as far as the ledger knows. */
  readonly known: readonly KnownOrder[];
  /** Whether every order that was seen came back as it was sent, in full. */
  readonly isFaithful: boolean;
  /** Why nothing is known where the ledger holds something that can't be read. */
  readonly problem: string | undefined;
}

interface Held extends Differences {
  /** Some of the latest that were created or found, the latest first. */
  readonly known: readonly KnownOrder[];
}

const nothing: Held = { loose: [], strict: [], known: [] };

/** When this process looked after what each ledger holds, so that it does so now and then and not with every order. */
const renewedAtMs = new WeakMap<Store, Map<string, number>>();
const renewAfterMs = 15 * 60_000;
/** Two hours of them, where orders come all the time. */
const mostKnown = 8;

/**
 * The orders that a list has to show to prove anything of the time since. One that stands still doesn't show those that came
 * after that, though it may be a little behind. Where none has come, the latest has to do.
 */
export function mustBeShown(
  known: readonly KnownOrder[],
  sinceMs: number,
  nowMs: number,
): readonly KnownOrder[] {
  const after = known.filter(({ atMs }) => atMs >= sinceMs && atMs <= nowMs - defaultListDelayMs);
  return after.length > 0 ? after : known.slice(0, 1);
}

/**
 * Whether the API returns orders as they were sent, which is what a lookup rests on. Seen at every order that is
 * created, and kept in the ledger for those who create none, with some orders that its list has to show.
 */
export class Echo {
  readonly #store: Store;
  readonly #cell: EntryCell;
  readonly #renewedAtMs: Map<string, number>;

  /** @param server Where the orders were sent to. What one server does says nothing of another. */
  constructor(ledger: Store, server: string | undefined, deadline: Deadline) {
    this.#store = boundedStore(ledger, deadline);
    this.#cell = new EntryCell(this.#store, `${keyPrefix}:echo:${server ?? ""}`);
    this.#renewedAtMs = renewedAtMs.get(ledger) ?? new Map();
    renewedAtMs.set(ledger, this.#renewedAtMs);
  }

  /**
   * Notes in which fields the API returned an order in another form. Resolves with those that weren't seen before.
   *
   * @param known The order, where the API was seen to have it since.
   */
  async note(
    { loose, strict }: Differences,
    known: KnownOrder | undefined,
    nowMs: number,
  ): Promise<readonly string[]> {
    const isFresh = known === undefined || isRecent(this.#renewedAtMs.get(this.#cell.key), nowMs);
    if (isFresh && loose.length + strict.length === 0) return [];
    for (let tries = 0; tries < maxTries; tries++) {
      const held = await this.#held();
      const before = held === undefined ? nothing : this.#parse(held);
      const after = {
        loose: [...new Set([...before.loose, ...loose])].sort(),
        strict: [...new Set([...before.strict, ...strict])].sort(),
        known: withLatest(before.known, known, nowMs),
      };
      const text = JSON.stringify(after);
      // What another process has seen meanwhile must not be lost.
      if (text !== held && !(await this.#cell.swap(held, text, voidTtlMs))) continue;
      if (known !== undefined) this.#renewedAtMs.set(this.#cell.key, nowMs);
      const seen = [...before.loose, ...before.strict];
      return [...loose, ...strict].filter((name) => !seen.includes(name));
    }
    return [];
  }

  async #held(): Promise<string | undefined> {
    return (await this.#store.get(this.#cell.key)) ?? undefined;
  }

  #parse(text: string): Held {
    return readValue(this.#cell.key, text, readHeld);
  }

  async form(): Promise<Form> {
    const held = await this.#held();
    try {
      const { loose, strict, known } = held === undefined ? nothing : this.#parse(held);
      const isFaithful = held !== undefined && loose.length + strict.length === 0;
      return { changed: loose, known, isFaithful, problem: undefined };
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return { changed: [], known: [], isFaithful: false, problem: error.message };
    }
  }
}

/** @throws {TypeError} for anything that this package has not written. */
function readHeld(text: string): Held {
  const { loose, strict, known } = JSON.parse(text) as Partial<Record<keyof Held, unknown>>;
  const isOrder = ({ id, atMs, look }: Partial<Record<keyof KnownOrder, unknown>>): boolean =>
    typeof id === "string" && typeof atMs === "number" && typeof look === "string";
  const areOrders = Array.isArray(known) && known.every((order) => isOrder(Object(order)));
  if (!isListOfStrings(loose) || !isListOfStrings(strict) || !areOrders)
    throw new TypeError("not a list of fields");
  return { loose, strict, known };
}

/** Another process may have renewed it just now. They are apart, so that not all are too new for a list to show them. */
function withLatest(
  before: readonly KnownOrder[],
  latest: KnownOrder | undefined,
  nowMs: number,
): readonly KnownOrder[] {
  if (latest === undefined || isRecent(before[0]?.atMs, nowMs)) return before;
  return [latest, ...before.filter(({ id }) => id !== latest.id)].slice(0, mostKnown);
}

/** Whether a time is only some minutes away. One that is still to come was made by another clock. */
function isRecent(ms: number | undefined, nowMs: number): boolean {
  return ms !== undefined && Math.abs(nowMs - ms) < renewAfterMs;
}
