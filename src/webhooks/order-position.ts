import { isRecord } from "../wrapper/is-record.ts";
import { isBefore } from "./order-progress.ts";
import type { WebhookEvent } from "./verify-webhook.ts";

/** The newest state of an order that has been handled. */
export interface OrderPosition {
  readonly status: WebhookEvent["order"]["status"];
  readonly updatedAt: string;
}

/** Whether `next` is older than `known`: by time, and where the times are equal or unreadable, by status. */
export function isOlder(next: OrderPosition, known: OrderPosition): boolean {
  const [nextMs, knownMs] = [Date.parse(next.updatedAt), Date.parse(known.updatedAt)];
  if (nextMs < knownMs) return true;
  if (nextMs > knownMs) return false;
  return isBefore(next.status, known.status);
}

/**
 * Whether a look at an order shows it as it was before `known`, as in a list that is behind. A status that is further on
 * is news whatever its time says: it may be the last one.
 */
export function isBehind(next: Look, known: Look): boolean {
  const [one, other] = [next, known].map(({ status = "", updatedAt = "" }) => ({ status, updatedAt }));
  return (
    isOlder(one as OrderPosition, other as OrderPosition) && !isBefore(known.status ?? "", next.status ?? "")
  );
}

/** Whether two looks show the same state. A time may be written in several ways. */
export function isSame({ status, updatedAt = "" }: Look, known: Look): boolean {
  const { updatedAt: knownAt = "" } = known;
  return status === known.status && (updatedAt === knownAt || Date.parse(updatedAt) === Date.parse(knownAt));
}

/** What a list says of the state of an order. */
export interface Look {
  readonly status?: string | undefined;
  readonly updatedAt?: string | undefined;
}

/** Reads what a store holds. Anything but a position counts as none, so that it is overwritten. */
export function parsePosition(stored: unknown): OrderPosition | undefined {
  try {
    const value: unknown = JSON.parse(String(stored));
    if (!isRecord(value) || typeof value.status !== "string" || typeof value.updatedAt !== "string") {
      return undefined;
    }
    // A status that the document does not name is compared by time alone.
    return value as unknown as OrderPosition;
  } catch {
    return undefined;
  }
}
