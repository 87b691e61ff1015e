import { badRequest } from "./refusal.ts";

/**
 * Reads a list page by page.
 *
 * - A cursor names a gap between two entries, by the rank of the entry beside it. Ranks never change, so entries
 *   that are added or removed meanwhile move nothing, and each entry comes exactly once.
 * - `next` reads on from the gap and `previous` reads back from it, each page in the list's own order. Without a
 *   cursor, `next` begins at the start of the list and `previous` at its end.
 * - A response has a cursor only when there is more in its direction.
 */
export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly direction: "next" | "previous";
}

export interface Page<Item> {
  readonly items: Item[];
  readonly cursor: string | undefined;
}

/** Entries in the order of their ranks. */
export interface RankedList<Item> {
  readonly name: string;
  readonly length: number;
  at(index: number): { readonly rank: number; readonly item: Item };
}

export function readPage<Item>(
  list: RankedList<Item>,
  { limit, cursor, direction }: PageQuery,
  isWanted: (item: Item) => boolean = () => true,
): Page<Item> {
  const step = direction === "next" ? 1 : -1;
  const items: Item[] = [];
  let lastRank = 0;
  for (let index = firstIndex(list, cursor, direction); index >= 0 && index < list.length; index += step) {
    const { rank, item } = list.at(index);
    if (!isWanted(item)) continue;
    if (items.length === limit) {
      return { items: inOrder(items, step), cursor: encodeCursor(list.name, lastRank * 2 + step) };
    }
    items.push(item);
    lastRank = rank;
  }
  return { items: inOrder(items, step), cursor: undefined };
}

/** What `limit`, `cursor` and `direction` ask for. The document's limits have already been checked. */
export function readPageQuery(query: Readonly<Record<string, string>>): PageQuery {
  const { limit, cursor, direction } = query;
  // An empty parameter counts as none.
  return { limit: Number(limit || "10"), cursor, direction: direction === "previous" ? "previous" : "next" };
}

function inOrder<Item>(items: Item[], step: number): Item[] {
  return step === 1 ? items : items.reverse();
}

function firstIndex<Item>(
  list: RankedList<Item>,
  cursor: string | undefined,
  direction: PageQuery["direction"],
): number {
  if (cursor === undefined) return direction === "next" ? 0 : list.length - 1;
  const behind = countBefore(list, decodeCursor(list.name, cursor));
  return direction === "next" ? behind : behind - 1;
}

/** The number of entries before a gap, by binary search. A gap lies between two ranks, so it is stored doubled. */
function countBefore<Item>(list: RankedList<Item>, gap: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list.at(middle).rank * 2 < gap) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeCursor(list: string, gap: number): string {
  return Buffer.from(JSON.stringify({ list, gap })).toString("base64url");
}

function decodeCursor(list: string, cursor: string): number {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (typeof read === "object" && read !== null && "list" in read && "gap" in read) {
      if (read.list === list && typeof read.gap === "number") return read.gap;
    }
  } catch {
    // Rejected below, like any cursor that this list did not issue.
  }
  throw badRequest("Invalid cursor");
}
