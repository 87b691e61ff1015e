import type { Traits } from "./fingerprint.ts";
import { isListOfStrings } from "./read-value.ts";

/** What callers have seen of an order when they could not decide. */
export interface Sighting {
  readonly atMs: number;
  /** The identifiers of the orders that look like it. */
  readonly orderIds: readonly string[];
}

interface AnyEntry {
  /** The hash of the order. */
  readonly hash: string;
  /** Whose entry it is: a random string for each call that may send. Others don't replace or delete it. */
  readonly owner: string;
  /** Grows with each call that may send. A call that finds it grown does not send. */
  readonly epoch: number;
  /** The server that its order was sent to, where the client tells. The ledger of one environment says nothing of another. */
  readonly server?: string | undefined;
}

/** A reference whose order may have been sent. */
export interface PendingEntry extends AnyEntry {
  readonly state: "pending";
  readonly reference: string;
  /** The hash of the fingerprint: what makes two orders look identical. */
  readonly fingerprint: string;
  /** The customer's traits, each hashed with the reference. */
  readonly customer: Traits;
  /** When the reference was entered. No order of it is older. */
  readonly startedAtMs: number;
  /** How far apart clocks may be, as those know who submit it. Whoever looks for its order may know less. */
  readonly clockSkewMs: number;
  /** When its owner is certainly done, by its own clock. */
  readonly overAtMs: number;
  /** How often it may have been sent. */
  readonly sends: number;
  readonly seen?: Sighting;
  /** When it was first met by a clock that its own times were ahead of. */
  readonly metAtMs?: number;
}

/** A reference whose order exists. */
export interface DoneEntry extends AnyEntry {
  readonly state: "done";
  readonly orderId: string;
}

/** A reference that has no order: it was refused, never sent, or declared as not placed. It may be used anew. */
export interface VoidEntry extends AnyEntry {
  readonly state: "void";
}

export type Entry = PendingEntry | DoneEntry | VoidEntry;

/** An entry, and the string that the ledger holds. */
export interface Stored<Kind extends Entry = Entry> {
  readonly entry: Kind;
  readonly text: string;
}

export type EntryTimes = Pick<PendingEntry, "startedAtMs" | "overAtMs">;

/** Whether the clock that made an entry was ahead of this one. */
export function isAhead({ startedAtMs }: PendingEntry, nowMs: number, clockSkewMs: number): boolean {
  return startedAtMs > nowMs + clockSkewMs;
}

/**
 * When an entry was made, and when its owner is certainly done. Of one from a clock that was ahead no more is known than
 * that it was made at some time before it was met, which counts as 0. When its owner is done is counted from then on by
 * the clocks alone that it is ahead of: another one may have been behind.
 */
export function timesOf(entry: PendingEntry, nowMs: number, clockSkewMs: number): EntryTimes {
  const { startedAtMs, overAtMs, metAtMs } = entry;
  if (isAhead(entry, nowMs, clockSkewMs))
    return { startedAtMs: 0, overAtMs: (metAtMs ?? nowMs) + overAtMs - startedAtMs };
  return { startedAtMs: metAtMs === undefined ? startedAtMs : 0, overAtMs };
}

/** The earliest time of creation that an order of the entry can say. */
export function earliestOf(entry: PendingEntry, nowMs: number, clockSkewMs: number): number {
  return timesOf(entry, nowMs, clockSkewMs).startedAtMs - skewOf(entry, clockSkewMs);
}

/** How far apart clocks may be, as whoever submitted the entry knows and whoever meets it. */
export function skewOf(entry: PendingEntry, clockSkewMs: number): number {
  return Math.max(entry.clockSkewMs, clockSkewMs);
}

export function store<Kind extends Entry>(entry: Kind): Stored<Kind> {
  return { entry, text: JSON.stringify(entry) };
}

export function isPending(stored: Stored | undefined): stored is Stored<PendingEntry> {
  return stored?.entry.state === "pending";
}

/** @throws {TypeError} for anything that this package has not written. */
export function readEntry(text: string): Stored {
  const entry = JSON.parse(text) as Partial<Record<keyof PendingEntry | "orderId", unknown>>;
  const has = (type: "string" | "number", ...names: readonly (keyof typeof entry)[]): boolean =>
    names.every((name) => typeof entry[name] === type);
  const { state } = entry;
  const isKnown =
    has("string", "hash", "owner") &&
    has("number", "epoch") &&
    (state === "void" ||
      (state === "done" && has("string", "orderId")) ||
      (state === "pending" &&
        has("string", "reference", "fingerprint") &&
        isTraits(entry.customer) &&
        has("number", "startedAtMs", "clockSkewMs", "overAtMs", "sends")));
  if (!isKnown) throw new TypeError("not an entry");
  return { entry: entry as unknown as Entry, text };
}

function isTraits(value: unknown): boolean {
  const { name, email, ids }: Partial<Record<keyof Traits, unknown>> = Object(value);
  return typeof name === "string" && typeof email === "string" && isListOfStrings(ids);
}
