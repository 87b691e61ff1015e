import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../document/document.ts";
import { pointerOf } from "../document/json-pointer.ts";

/** Where two values differ: the JSON pointers of what was added, removed or replaced, and of nothing above it. */
export function differingPointers(
  before: Json | undefined,
  after: Json | undefined,
  pointer = "#",
): string[] {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differingPointers(before[key], after[key], pointerOf([key], pointer)),
    );
  }
  return isDeepStrictEqual(before, after) ? [] : [pointer];
}

/** Whether one of two pointers is the other's place, or within it. */
export function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
