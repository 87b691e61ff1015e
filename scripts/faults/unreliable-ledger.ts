import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type { Ledger } from "juniper-fulfillment";

/** How a ledger on another machine can fail. */
export const ledgerTroubles = [
  "none",
  // What was asked for is done, and the reply never comes.
  "lost replies",
  // As after a reconnect: the client sends the command again, and sees what its first one left.
  "sent again",
  "fails",
  "hangs",
  // Reads come from a copy that is some steps behind.
  "lags behind",
  // Without compare-and-set and listing, as a ledger of the user's may be.
  "plain",
] as const;

export type LedgerTrouble = (typeof ledgerTroubles)[number];

/** A ledger that several processes share, and what goes wrong between them and it. */
export class UnreliableLedger {
  /** What the copy that takes the writes holds. */
  readonly store: Required<Ledger>;
  /** From when on nothing goes wrong any more. */
  isRepaired = false;
  /** How many commands and replies have been under way so far. */
  trips = 0;
  readonly #trouble: LedgerTrouble;
  readonly #chance: () => number;
  readonly #history: Map<string, string | undefined>[] = [];

  /** @param chance From 0 up to 1: which of the uses go wrong. */
  constructor(store: Required<Ledger>, trouble: LedgerTrouble, chance: () => number) {
    this.store = store;
    this.#trouble = trouble;
    this.#chance = chance;
  }

  /** The ledger as one process sees it. `step` lets that process crash or stop at each use. */
  connect(step: <Value>(use: () => Promise<Value>) => Promise<Value>): Ledger {
    const { store } = this;
    const write = <Value>(key: string, use: () => Value | Promise<Value>): Promise<Value> =>
      step(() => this.#write(key, use));
    const plain: Ledger = {
      get: (key) => step(() => this.#read(key)),
      add: (key, value, ttlMs) => write(key, () => store.add(key, value, ttlMs)),
      set: (key, value, ttlMs) => write(key, () => store.set(key, value, ttlMs)),
      delete: (key) => write(key, () => store.delete(key)),
    };
    if (this.#trouble === "plain") return plain;
    return {
      ...plain,
      replace: (key, expected, value, ttlMs) => write(key, () => store.replace(key, expected, value, ttlMs)),
      remove: (key, expected) => write(key, () => store.remove(key, expected)),
      list: (prefix) => store.list(prefix),
    };
  }

  async #write<Value>(key: string, use: () => Value | Promise<Value>): Promise<Value> {
    await this.#travel();
    const isTroubled = !this.isRepaired && this.#chance() < 0.15;
    if (isTroubled && this.#trouble === "hangs") return new Promise(() => {});
    if (isTroubled && this.#trouble === "fails") throw new Error("The ledger is down.");
    const before = await this.store.get(key);
    const value = await use();
    this.#history.push(new Map([[key, before ?? undefined]]));
    if (isTroubled && this.#trouble === "lost replies")
      throw new Error("The connection to the ledger broke.");
    if (isTroubled && this.#trouble === "sent again") return use();
    await this.#travel();
    return value;
  }

  async #read(key: string): Promise<string | null | undefined> {
    await this.#travel();
    if (!this.isRepaired) {
      if (this.#trouble === "hangs" && this.#chance() < 0.1) return new Promise(() => {});
      if (this.#trouble === "fails" && this.#chance() < 0.1) throw new Error("The ledger is down.");
      if (this.#trouble === "lags behind") {
        // The oldest of the last few changes of this key tells what it was before.
        const steps = Math.floor(this.#chance() * 4);
        const missed =
          steps === 0 ? undefined : this.#history.slice(-steps).find((change) => change.has(key));
        if (missed !== undefined) return missed.get(key);
      }
    }
    return this.store.get(key);
  }

  /** A shared ledger is a few turns of the event loop away, and now and then further, so that others come between. */
  async #travel(): Promise<void> {
    this.trips++;
    await immediate();
    await (this.#chance() < 0.2 ? delay(this.#chance() * 15) : immediate());
  }
}
