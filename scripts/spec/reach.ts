import { pointerOf } from "../../src/cli/document/json-pointer.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  resolvePointer,
} from "../document/document.ts";

/** Says which operations of a document lead to a place. */
export class Reach {
  readonly #ids = new Map<string, string>();
  /** Place → the operations that lead there. */
  readonly #keys = new Map<string, Set<string>>();

  constructor(document: JsonObject) {
    for (const { key, path, method, operation } of listOperations(document)) {
      this.#ids.set(key, String(operation.operationId ?? key));
      const item = pointerOf(["paths", path]);
      const places = new Set<string>();
      for (const part of [method, "parameters"]) closure(document, pointerOf([part], item), places);
      for (const place of places) this.#keys.set(place, (this.#keys.get(place) ?? new Set()).add(key));
    }
  }

  /** The keys of the operations that lead to one of the places, such as `GET /orders`. */
  keys(pointers: readonly string[]): string[] {
    const found = new Set(pointers.flatMap((pointer) => [...this.#at(pointer)]));
    return [...this.#ids.keys()].filter((key) => found.has(key));
  }

  /** Their ids, such as `listOrders`. */
  ids(pointers: readonly string[]): string[] {
    return this.keys(pointers).map((key) => this.#ids.get(key) ?? key);
  }

  /** The operations that lead to the place, to what it is part of, or to a part of it. */
  #at(pointer: string): Set<string> {
    const found = new Set<string>();
    const add = (keys: ReadonlySet<string> | undefined): void => {
      for (const key of keys ?? []) found.add(key);
    };
    for (let place = pointer; place !== ""; place = place.slice(0, Math.max(0, place.lastIndexOf("/")))) {
      add(this.#keys.get(place));
    }
    if (pointer.split("/").length > 3) return found;
    for (const [place, keys] of this.#keys) if (place.startsWith(`${pointer}/`)) add(keys);
    return found;
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
