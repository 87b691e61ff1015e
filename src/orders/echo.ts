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
  /** When it was created, in milliseconds since 1970. */
  readonly atMs: number;
  /** The hash of its fingerprint, as the API has returned it. */
  readonly look: string;
  /** Whether the API has told the time. A 201 may leave it out. */
  readonly isDated: boolean;
}

/** @param nowMs When it was created, if it doesn't say. */
export async function knownOrderOf(order: Order, nowMs: number): Promise<KnownOrder> {
  const timeMs = timeOf(order);
  const isDated = !Number.isNaN(timeMs);
  return { id: order.id, atMs: isDated ? timeMs : nowMs, look: await lookOf(order), isDated };
}

/** Whether an order looks as the API has returned it before. */
export async function isAsKnown(order: Order, { atMs, look, isDated }: KnownOrder): Promise<boolean> {
  return (!isDated || atMs === timeOf(order)) && look === (await lookOf(order));
}

async function lookOf(order: Order): Promise<string> {
  return (await sha256(fingerprintOf(order))).slice(0, 16);
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

/** What this process knows of each ledger, which it writes now and then and not with every order. */
interface Kept {
  renewedAtMs?: number;
  /** The latest order that was seen, and the latest that was written down. */
  latest?: KnownOrder;
  written?: KnownOrder;
}

const kept = new WeakMap<Store, Map<string, Kept>>();
const renewAfterMs = 15 * 60_000;
/** Where orders are in doubt, the latest is written down more often. All processes write to one entry. */
const renewInDoubtAfterMs = 60_000;
/** Two hours of them, where orders come all the time. */
const mostKnown = 8;

/**
 * The orders that a list has to show to prove anything of the time since. One that stands still doesn't show those that came
 * after that, though it may be a little behind. Where none has come, the latest before has to do.
 */
export function mustBeShown(
  known: readonly KnownOrder[],
  sinceMs: number,
  nowMs: number,
): readonly KnownOrder[] {
  const listed = known.filter(({ atMs }) => atMs <= nowMs - defaultListDelayMs);
  const after = listed.filter(({ atMs }) => atMs >= sinceMs);
  if (after.length > 0) return after;
  return listed.length > 0 ? listed.slice(0, 1) : known.slice(-1);
}

/**
 * Whether the API returns orders as they were sent, which is what a lookup rests on. Seen at every order that is
 * created, and kept in the ledger for those who create none, with some orders that its list has to show.
 */
export class Echo {
  readonly #store: Store;
  readonly #cell: EntryCell;
  readonly #kept: Kept;

  /** @param server Where the orders were sent to. What one server does says nothing of another. */
  constructor(ledger: Store, server: string | undefined, deadline: Deadline) {
    this.#store = boundedStore(ledger, deadline);
    this.#cell = new EntryCell(this.#store, `${keyPrefix}:echo:${server ?? ""}`);
    const ofLedger = kept.get(ledger) ?? new Map<string, Kept>();
    kept.set(ledger, ofLedger);
    this.#kept = ofLedger.get(this.#cell.key) ?? {};
    ofLedger.set(this.#cell.key, this.#kept);
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
    if (known !== undefined) this.#kept.latest = known;
    const isFresh = known === undefined || isRecent(this.#kept.renewedAtMs, nowMs);
    if (isFresh && loose.length + strict.length === 0) return [];
    return this.#write({ loose, strict }, known, nowMs);
  }

  /** Writes down the latest order, where one after it is in doubt: a list that stands still since then must not pass. */
  async noteLatest(nowMs: number): Promise<void> {
    const { latest, written } = this.#kept;
    if (latest === undefined || latest.atMs < (written?.atMs ?? 0) + renewInDoubtAfterMs) return;
    await this.#write({ loose: [], strict: [] }, latest, nowMs);
  }

  async #write(
    { loose, strict }: Differences,
    known: KnownOrder | undefined,
    nowMs: number,
  ): Promise<readonly string[]> {
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
      if (known !== undefined) Object.assign(this.#kept, { renewedAtMs: nowMs, written: known });
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
  const isOrder = ({ id, atMs, look, isDated }: Partial<Record<keyof KnownOrder, unknown>>): boolean =>
    typeof id === "string" &&
    typeof atMs === "number" &&
    typeof look === "string" &&
    typeof isDated === "boolean";
  const areOrders = Array.isArray(known) && known.every((order) => isOrder(Object(order)));
  if (!isListOfStrings(loose) || !isListOfStrings(strict) || !areOrders)
    throw new TypeError("not a list of fields");
  return { loose, strict, known };
}

/** The latest comes first. Those after it are apart, so that eight of them reach back two hours. */
function withLatest(
  before: readonly KnownOrder[],
  latest: KnownOrder | undefined,
  nowMs: number,
): readonly KnownOrder[] {
  // One that is still to come was made by another clock.
  const others = before.filter(({ id, atMs }) => id !== latest?.id && atMs < nowMs + renewAfterMs);
  const [first, second] = others;
  if (latest === undefined || (first !== undefined && first.atMs >= latest.atMs)) return before;
  const isBetween = second !== undefined && isRecent(second.atMs, latest.atMs);
  return [latest, ...(isBetween ? others.slice(1) : others)].slice(0, mostKnown);
}

/** Whether a time is only some minutes away. */
function isRecent(ms: number | undefined, nowMs: number): boolean {
  return ms !== undefined && Math.abs(nowMs - ms) < renewAfterMs;
}
