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

/** When this process wrote what to each ledger, so that it is written once a day and not with every order. */
const writtenAtMs = new WeakMap<Store, Map<string, number>>();
const renewAfterMs = 24 * 60 * 60_000;

/**
 * Whether the API returns orders as they were sent, which is what a lookup rests on. Seen at every order that is
 * created, and kept in the ledger for those who create none.
 */
export class Echo {
  readonly #store: Store;
  readonly #cell: EntryCell;
  readonly #writtenAtMs: Map<string, number>;

  /** @param server The host that the orders were sent to. What one server does says nothing of another. */
  constructor(ledger: Store, server: string | undefined, deadline: Deadline) {
    this.#store = boundedStore(ledger, deadline);
    this.#cell = new EntryCell(this.#store, `${keyPrefix}:echo:${server ?? ""}`);
    this.#writtenAtMs = writtenAtMs.get(ledger) ?? new Map();
    writtenAtMs.set(ledger, this.#writtenAtMs);
  }

  /** Notes in which fields the API returned an order in another form. Resolves with those that weren't seen before. */
  async note({ loose, strict }: Differences, nowMs: number): Promise<readonly string[]> {
    const age = nowMs - (this.#writtenAtMs.get(this.#cell.key) ?? Number.NEGATIVE_INFINITY);
    const isFresh = age >= 0 && age < renewAfterMs;
    if (isFresh && loose.length + strict.length === 0) return [];
    for (let tries = 0; tries < maxTries; tries++) {
      const held = await this.#held();
      const before = held === undefined ? undefined : this.#parse(held);
      const after = {
        loose: [...new Set([...(before?.loose ?? []), ...loose])].sort(),
        strict: [...new Set([...(before?.strict ?? []), ...strict])].sort(),
      };
      const text = JSON.stringify(after);
      // Written again before it is forgotten, also where nothing new is seen.
      if (!isFresh || text !== held) {
        // What another process has seen meanwhile must not be lost.
        if (!(await this.#cell.swap(held, text, voidTtlMs))) continue;
        this.#writtenAtMs.set(this.#cell.key, nowMs);
      }
      const seen = [...(before?.loose ?? []), ...(before?.strict ?? [])];
      return [...loose, ...strict].filter((name) => !seen.includes(name));
    }
    return [];
  }

  async #held(): Promise<string | undefined> {
    return (await this.#store.get(this.#cell.key)) ?? undefined;
  }

  #parse(text: string): Differences {
    return readValue(this.#cell.key, text, readDifferences);
  }

  /** Undefined where no order has been created yet, as far as the ledger knows. */
  async #read(): Promise<Differences | undefined> {
    const held = await this.#held();
    return held === undefined ? undefined : this.#parse(held);
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
