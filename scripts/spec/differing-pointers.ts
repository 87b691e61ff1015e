import { isDeepStrictEqual } from "node:util";
import { pointerOf } from "../../src/cli/document/json-pointer.ts";
import { isObject, type Json } from "../document/document.ts";

/** Lists of names or values, each of which is a place of its own: `#/…/required/zip`. */
export const listsOfNames: ReadonlySet<string | undefined> = new Set(["required", "enum"]);

/** Where two values differ: the JSON pointers of what was added, removed or replaced, and of nothing above it. */
export function differingPointers(
  before: Json | undefined,
  after: Json | undefined,
  pointer = "#",
): string[] {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const [one, other] = [before[key], after[key]];
      const place = pointerOf([key], pointer);
      if (!listsOfNames.has(key) || !isListOrNothing(one) || !isListOrNothing(other)) {
        return differingPointers(one, other, place);
      }
      return oneSided(one ?? [], other ?? []).map((item) => pointerOf([textOf(item)], place));
    });
  }
  return isDeepStrictEqual(before, after) ? [] : [pointer];
}

/** Whether one of two pointers is the other's place, or within it. */
export function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

function isListOrNothing(value: Json | undefined): value is Json[] | undefined {
  return value === undefined || Array.isArray(value);
}

function oneSided(one: readonly Json[], other: readonly Json[]): Json[] {
  const has = (list: readonly Json[], item: Json): boolean =>
    list.some((candidate) => isDeepStrictEqual(candidate, item));
  return [...one.filter((item) => !has(other, item)), ...other.filter((item) => !has(one, item))];
}

function textOf(item: Json): string {
  return typeof item === "string" ? item : JSON.stringify(item);
}
