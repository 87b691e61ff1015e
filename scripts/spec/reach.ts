import {
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  resolvePointer,
} from "../document/document.ts";
import { pointerOf } from "../document/json-pointer.ts";
import { overlap } from "./differing-pointers.ts";

/** Says which operations of a document lead to a place. */
export class Reach {
  readonly #places = new Map<string, { readonly id: string; readonly places: ReadonlySet<string> }>();

  constructor(document: JsonObject) {
    for (const { key, path, method, operation } of listOperations(document)) {
      const item = pointerOf(["paths", path]);
      const places = new Set([item]);
      for (const part of [method, "parameters"]) closure(document, pointerOf([part], item), places);
      this.#places.set(key, { id: String(operation.operationId ?? key), places });
    }
  }

  /** The keys of the operations that lead to one of the places, such as `GET /orders`. */
  keys(pointers: readonly string[]): string[] {
    return [...this.#places.keys()].filter((key) => this.#leadsTo(key, pointers));
  }

  /** Their ids, such as `listOrders`. */
  ids(pointers: readonly string[]): string[] {
    return this.keys(pointers).map((key) => this.#places.get(key)?.id ?? key);
  }

  #leadsTo(key: string, pointers: readonly string[]): boolean {
    const { places } = this.#places.get(key) ?? {};
    const [item, ...within] = places ?? [];
    return pointers.some((pointer) => pointer === item || within.some((place) => overlap(pointer, place)));
  }
}

/** A place and every place that references lead to from it. */
function closure(document: JsonObject, start: string, places: Set<string>): void {
  const value = resolvePointer(document, start);
  if (value !== undefined) places.add(start);
  const open: (Json | undefined)[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) open.push(...next);
    if (!isObject(next)) continue;
    open.push(...Object.values(next));
    if (typeof next.$ref !== "string" || places.has(next.$ref)) continue;
    places.add(next.$ref);
    open.push(resolvePointer(document, next.$ref));
  }
}
