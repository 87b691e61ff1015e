import { type Page, type PageQuery, type RankedList, readPage } from "./pagination.ts";

/** Items with identifiers, listed newest first. Items are replaced, never mutated. */
export class Collection<Item extends { readonly id: string | number }> {
  readonly #name: string;
  readonly #entries: { readonly rank: number; item: Item }[] = [];
  readonly #byId = new Map<string, { readonly rank: number; item: Item }>();
  #added = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Every item, oldest first. */
  get items(): Item[] {
    return this.#entries.map(({ item }) => item);
  }

  get(id: string): Item | undefined {
    return this.#byId.get(id)?.item;
  }

  add(item: Item): Item {
    this.#added++;
    const entry = { rank: this.#added, item };
    this.#entries.push(entry);
    this.#byId.set(String(item.id), entry);
    return item;
  }

  /** Replaces the item that has the same identifier. */
  replace(item: Item): Item {
    const entry = this.#byId.get(String(item.id));
    if (entry !== undefined) entry.item = item;
    return item;
  }

  remove(id: string): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#byId.delete(id);
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  page(query: PageQuery, isWanted?: (item: Item) => boolean): Page<Item> {
    return readPage(this.#newestFirst(), query, isWanted);
  }

  #newestFirst(): RankedList<Item> {
    const entries = this.#entries;
    return {
      name: this.#name,
      length: entries.length,
      at(index) {
        const entry = entries[entries.length - 1 - index];
        if (entry === undefined) throw new RangeError(`There is no entry ${index}.`);
        return { rank: -entry.rank, item: entry.item };
      },
    };
  }
}
