import type { Order } from "../generated/schema.ts";

/** A time of the day, and right after it its offset. The document says nothing of the form. */
const zonedTime = /:\d\d(?:\.\d+)? ?(?:Z|GMT|UTC|(?:GMT|UTC)?[+-]\d\d:?\d\d)$/i;

/** A day that is all that is said can end so much later than it begins in UTC, in the last time zone of the world. */
const vaguenessMs = 36 * 3_600_000;

/**
 * When the API stored an order, in milliseconds since 1970. NaN where it does not say: a day alone, or a time without its
 * offset, which would be read as one of this machine's time zone.
 */
export function timeOf({ createdAt }: Order): number {
  return typeof createdAt === "string" && zonedTime.test(createdAt) ? Date.parse(createdAt) : Number.NaN;
}

/** The latest time that it can have been, whatever the time zone. Undefined where nothing is said. */
export function latestTimeOf(order: Order): number | undefined {
  const ms = timeOf(order);
  if (!Number.isNaN(ms)) return ms;
  const { createdAt } = order;
  const read = typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN;
  return Number.isNaN(read) ? undefined : read + vaguenessMs;
}
