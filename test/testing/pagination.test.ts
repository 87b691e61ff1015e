import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Collection } from "../../src/testing/backend/collection.ts";
import { readPage } from "../../src/testing/backend/pagination.ts";

interface Item {
  readonly id: number;
}

function collectionOf(count: number): Collection<Item> {
  const collection = new Collection<Item>("items");
  for (let id = 1; id <= count; id++) collection.add({ id });
  return collection;
}

/** Every page from one end of the collection to the other. `between` runs after each. */
function readAll(
  collection: Collection<Item>,
  limit: number,
  direction: "next" | "previous",
  isWanted?: (item: Item) => boolean,
  between: () => void = () => {},
): number[][] {
  const pages: number[][] = [];
  let cursor: string | undefined;
  do {
    if (pages.length > 1_000) throw new Error("The list has no end.");
    const page = collection.page({ limit, cursor, direction }, isWanted);
    pages.push(page.items.map(({ id }) => id));
    cursor = page.cursor;
    between();
  } while (cursor !== undefined);
  return pages;
}

const counts = fc.nat({ max: 120 });
const limits = fc.integer({ min: 1, max: 100 });
const directions = fc.constantFrom("next" as const, "previous" as const);
const downFrom = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);

describe("a list read page by page", () => {
  test("gives each item once, the newest first, in either direction, whatever the number and the limit", () => {
    fc.assert(
      fc.property(counts, limits, directions, (count, limit, direction) => {
        const pages = readAll(collectionOf(count), limit, direction);
        expect((direction === "next" ? pages : pages.toReversed()).flat()).toEqual(downFrom(count));
        expect(pages).toHaveLength(Math.max(1, Math.ceil(count / limit)));
      }),
    );
  });

  test("gives each item that passes a filter once, and no empty last page", () => {
    fc.assert(
      fc.property(
        counts,
        limits,
        directions,
        fc.integer({ min: 1, max: 9 }),
        (count, limit, direction, n) => {
          const isWanted = ({ id }: Item): boolean => id % n === 0;
          const pages = readAll(collectionOf(count), limit, direction, isWanted);
          const wanted = downFrom(count).filter((id) => id % n === 0);
          expect((direction === "next" ? pages : pages.toReversed()).flat()).toEqual(wanted);
          expect(pages.slice(1)).not.toContainEqual([]);
        },
      ),
    );
  });

  test("gives each item that was there from first to last once, while others are added and removed", () => {
    fc.assert(
      fc.property(counts, limits, directions, fc.array(fc.nat()), (count, limit, direction, removals) => {
        const collection = collectionOf(count);
        let nextId = count + 1;
        const removed = new Set<number>();
        const between = (): void => {
          // Only a few, so that reading back from the end comes to its own end.
          if (nextId < count + 20) collection.add({ id: nextId++ });
          const gone = removals.pop();
          if (gone === undefined) return;
          removed.add(gone);
          collection.remove(String(gone));
        };
        const read = readAll(collection, limit, direction, undefined, between).flat();
        expect(new Set(read).size).toBe(read.length);
        expect(read).toEqual(expect.arrayContaining(downFrom(count).filter((id) => !removed.has(id))));
      }),
    );
  });

  test("reads back from where it stands, over what it has just read", () => {
    const collection = collectionOf(30);
    const first = collection.page({ limit: 10, cursor: undefined, direction: "next" });
    const back = collection.page({ limit: 10, cursor: first.cursor, direction: "previous" });
    expect(back).toEqual({ items: first.items, cursor: undefined });
  });

  test("refuses a cursor that it has not given out", () => {
    const read = (cursor: string) => () =>
      readPage(
        { name: "a", length: 0, at: () => ({ rank: 0, item: 0 }) },
        { limit: 1, cursor, direction: "next" },
      );
    const foreign = collectionOf(2).page({ limit: 1, cursor: undefined, direction: "next" }).cursor ?? "";
    for (const cursor of ["", "c", "bm9uZQ", foreign]) expect(read(cursor)).toThrow("Refused with 400");
  });
});
