import { nearest } from "./nearest.ts";

/** What to add to a message about a name that isn't known: the one that was probably meant, if any is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const like = nearest(name, known);
  return like === undefined ? "" : ` Did you mean ${like}?`;
}
