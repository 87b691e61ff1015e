/** What the caller of one call was told. */
export type Told =
  | {
      readonly said: "placed";
      readonly orderId: string;
      /** Whether this very call is said to have placed it. */
      readonly isByThisCall: boolean;
    }
  | {
      /**
       * - `not placed`: this call has certainly placed nothing.
       * - `unknown`: it may have.
       * - `nothing`: the process crashed, or sleeps to the end.
       * - `hung`: the call should have ended long ago.
       */
      readonly said: "not placed" | "unknown" | "nothing" | "hung";
    };

/** One call with a reference. */
export interface Witness {
  /** What the server knows it by. */
  readonly call: string;
  readonly told: Told;
}

/** All that is known of one reference. */
export interface Evidence {
  /** Every call that was made with it, in the order in which they were begun. */
  readonly witnesses: readonly Witness[];
  /** The orders of this reference that the server holds, each with the call that it came with. */
  readonly stored: readonly { readonly id: string; readonly call: string }[];
  /** What its entry in the ledger says. */
  readonly entry: "none" | "pending" | { readonly orderId: string };
  /** Whether `listUnsettledOrders` lists it. */
  readonly isListed: boolean;
}

/** What can be wrong with a reference. */
export type Wrong = "duplicated" | "lost" | "misreported" | "hung";

/**
 * What is wrong with a reference. Nothing is while calls may still come, as long as the next one is told the truth:
 *
 * - `duplicated`: the server holds more than one order of it.
 * - `misreported`: a call, or the ledger, names an order that is not one of this reference; two calls name different
 *   ones; or a call says that it has placed nothing, or the order, and the server knows better.
 * - `lost`: the order is stored, and neither has any call reported it, nor does the ledger know it, nor is the
 *   reference listed as unsettled. Or the reference is held by an entry that isn't listed.
 * - `hung`: a call did not end.
 *
 * In the end (`isFinal`), when every application has called until it was told something certain, each reference has
 * exactly one order and a call has reported it, or it is listed as unsettled, or it has none and its last call said so.
 * Anything else is lost.
 */
export function wrongsOf(evidence: Evidence, isFinal: boolean): Wrong[] {
  const wrongs: Wrong[] = [];
  if (evidence.stored.length > 1) wrongs.push("duplicated");
  if (isMisreported(evidence)) wrongs.push("misreported");
  if (isFinal ? isLostInTheEnd(evidence) : isLostSoFar(evidence)) wrongs.push("lost");
  if (evidence.witnesses.some(({ told }) => told.said === "hung")) wrongs.push("hung");
  return wrongs;
}

function isMisreported({ witnesses, stored, entry }: Evidence): boolean {
  const ids = new Set(stored.map(({ id }) => id));
  const namesAnother = typeof entry === "object" && !ids.has(entry.orderId);
  const isWrong = ({ call, told }: Witness): boolean => {
    if (told.said === "not placed") return stored.some((order) => order.call === call);
    if (told.said !== "placed") return false;
    const order = stored.find(({ id }) => id === told.orderId);
    return order === undefined || (told.isByThisCall && order.call !== call);
  };
  return namesAnother || witnesses.some(isWrong) || reportedIds(witnesses).size > 1;
}

function isLostSoFar({ witnesses, stored, entry, isListed }: Evidence): boolean {
  if (entry === "pending") return !isListed;
  const isKnown = typeof entry === "object" || reportedIds(witnesses).size > 0;
  return stored.length > 0 && !isKnown && !isListed;
}

function isLostInTheEnd({ witnesses, stored, isListed }: Evidence): boolean {
  if (isListed) return false;
  if (stored.length === 0) return witnesses.at(-1)?.told.said !== "not placed";
  return reportedIds(witnesses).size === 0;
}

function reportedIds(witnesses: readonly Witness[]): Set<string> {
  return new Set(witnesses.flatMap(({ told }) => (told.said === "placed" ? [told.orderId] : [])));
}
