import type { Store } from "../wrapper/store.ts";
import { boundedStore } from "./bounded-store.ts";
import type { Deadline } from "./deadline.ts";
import { EntryCell, maxTries, voidTtlMs } from "./entry-cell.ts";
import { readValue } from "./foreign-value.ts";
import { keyPrefix } from "./reference-ledger.ts";

export interface Differences {
  /** Fields of the fingerprint. A lookup finds nothing then, and proves nothing by that. */
  readonly loose: readonly string[];
  /** Other fields. */
  readonly strict: readonly string[];
}

/** An order that exists for certain: where a list doesn't show it, it shows nothing of others either. */
export interface KnownOrder {
  readonly id: string;
  /** When it was created, in milliseconds since 1970. 0 where it doesn't say. */
  readonly atMs: number;
}

interface Held extends Differences {
  /** One of the latest that was created or found. */
  readonly known?: KnownOrder | undefined;
}

/** When this process looked after what each ledger holds, so that it does so once an hour and not with every order. */
const renewedAtMs = new WeakMap<Store, Map<string, number>>();
const renewAfterMs = 60 * 60_000;

/**
 * Whether the API returns orders as they were sent, which is what a lookup rests on. Seen at every order that is
 * created, and kept in the ledger for those who create none, with one order that its list has to show.
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
      const before = held === undefined ? undefined : this.#parse(held);
      const after = {
        loose: [...new Set([...(before?.loose ?? []), ...loose])].sort(),
        strict: [...new Set([...(before?.strict ?? []), ...strict])].sort(),
        // Another process may have renewed it. It must not be so new all the time that no list shows it yet.
        known: known === undefined || isRecent(before?.known?.atMs, nowMs) ? before?.known : known,
      };
      const text = JSON.stringify(after);
      // What another process has seen meanwhile must not be lost.
      if (text !== held && !(await this.#cell.swap(held, text, voidTtlMs))) continue;
      if (known !== undefined) this.#renewedAtMs.set(this.#cell.key, nowMs);
      const seen = [...(before?.loose ?? []), ...(before?.strict ?? [])];
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

  /** Undefined where no order has been created yet, as far as the ledger knows. */
  async #read(): Promise<Held | undefined> {
    const held = await this.#held();
    return held === undefined ? undefined : this.#parse(held);
  }

  /**
   * The fields of the fingerprint that come back in another form than they were sent in, and the order that a list has to
   * show: undefined where none has been created yet, as far as the ledger knows.
   */
  async form(): Promise<{ readonly changed: readonly string[]; readonly known: KnownOrder | undefined }> {
    const { loose = [], known } = (await this.#read()) ?? {};
    return { changed: loose, known };
  }

  /** Whether every order that was seen came back as it was sent, in full. */
  async isFaithful(): Promise<boolean> {
    const differences = await this.#read();
    return differences !== undefined && differences.loose.length + differences.strict.length === 0;
  }
}

/** @throws {TypeError} for anything that this package has not written. */
function readHeld(text: string): Held {
  const { loose, strict, known } = JSON.parse(text) as Partial<Record<keyof Held, unknown>>;
  const isList = (names: unknown): names is string[] =>
    Array.isArray(names) && names.every((name) => typeof name === "string");
  const { id, atMs } = Object(known) as Partial<Record<keyof KnownOrder, unknown>>;
  const isOrder = known === undefined || (typeof id === "string" && typeof atMs === "number");
  if (!isList(loose) || !isList(strict) || !isOrder) throw new TypeError("not a list of fields");
  return { loose, strict, known: known as KnownOrder | undefined };
}

/** Whether a time is less than an hour away. One that is still to come was made by another clock. */
function isRecent(ms: number | undefined, nowMs: number): boolean {
  return ms !== undefined && Math.abs(nowMs - ms) < renewAfterMs;
}
