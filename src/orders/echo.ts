import type { Store } from "../wrapper/store.ts";
import { boundedStore } from "./bounded-store.ts";
import type { Deadline } from "./deadline.ts";
import { voidTtlMs } from "./entry-cell.ts";
import { readValue } from "./foreign-value.ts";
import { keyPrefix } from "./reference-ledger.ts";

export interface Differences {
  /** Fields of the fingerprint. A lookup finds nothing then, and proves nothing by that. */
  readonly loose: readonly string[];
  /** Other fields. */
  readonly strict: readonly string[];
}

const key = `${keyPrefix}:echo`;

/** When this process wrote it to each ledger, so that it is written once a day and not with every order. */
const writtenAtMs = new WeakMap<Store, number>();
const renewAfterMs = 24 * 60 * 60_000;

/**
 * Whether the API returns orders as they were sent, which is what a lookup rests on. Seen at every order that is
 * created, and kept in the ledger for those who create none.
 */
export class Echo {
  readonly #ledger: Store;
  readonly #store: Store;

  constructor(ledger: Store, deadline: Deadline) {
    this.#ledger = ledger;
    this.#store = boundedStore(ledger, deadline);
  }

  /** Notes in which fields the API returned an order in another form. Resolves with those that weren't seen before. */
  async note({ loose, strict }: Differences, nowMs: number): Promise<readonly string[]> {
    const age = nowMs - (writtenAtMs.get(this.#ledger) ?? Number.NEGATIVE_INFINITY);
    const isFresh = age >= 0 && age < renewAfterMs;
    if (isFresh && loose.length + strict.length === 0) return [];
    const before = await this.#read();
    const after = {
      loose: [...new Set([...(before?.loose ?? []), ...loose])].sort(),
      strict: [...new Set([...(before?.strict ?? []), ...strict])].sort(),
    };
    const text = JSON.stringify(after);
    // Written again before it is forgotten, also where nothing new is seen.
    if (!isFresh || before === undefined || text !== JSON.stringify(before)) {
      await this.#store.set(key, text, voidTtlMs);
      writtenAtMs.set(this.#ledger, nowMs);
    }
    const seen = [...(before?.loose ?? []), ...(before?.strict ?? [])];
    return [...loose, ...strict].filter((name) => !seen.includes(name));
  }

  /** Undefined where no order has been created yet, as far as the ledger knows. */
  async #read(): Promise<Differences | undefined> {
    const text = await this.#store.get(key);
    return text === null || text === undefined ? undefined : readValue(key, text, readDifferences);
  }

  /**
   * The fields of the fingerprint that come back in another form than they were sent in. Undefined where no order has been
   * created yet, as far as the ledger knows.
   */
  async changedFields(): Promise<readonly string[] | undefined> {
    return (await this.#read())?.loose;
  }

  /** Whether every order that was seen came back as it was sent, in full. */
  async isFaithful(): Promise<boolean> {
    const differences = await this.#read();
    return differences !== undefined && differences.loose.length + differences.strict.length === 0;
  }
}

/** @throws {TypeError} for anything that this package has not written. */
function readDifferences(text: string): Differences {
  const { loose, strict } = JSON.parse(text) as Partial<Record<keyof Differences, unknown>>;
  const isList = (names: unknown): names is string[] =>
    Array.isArray(names) && names.every((name) => typeof name === "string");
  if (!isList(loose) || !isList(strict)) throw new TypeError("not a list of fields");
  return { loose, strict };
}
