import { isMap, isSeq, parseDocument, type YAMLMap } from "yaml";

/**
 * The text of the corrections without the groups of some discrepancies, and without the comment in front of each.
 * Everything else stays as it was written.
 */
export function retireCorrections(text: string, ids: readonly string[]): string {
  const actions = parseDocument(text).get("actions");
  if (!isSeq(actions)) return text;
  const cuts: { from: number; to: number }[] = [];
  for (const action of actions.items) {
    if (!isMap(action) || !action.range) continue;
    const id = idOf(action);
    if (id === undefined || !ids.includes(id)) continue;
    cuts.push({ from: startOf(text, action.range[0]), to: action.range[1] });
  }
  let rest = text;
  for (const { from, to } of cuts.reverse()) rest = rest.slice(0, from) + rest.slice(endOf(rest, to));
  const isEmpty = actions.items.every((action) => {
    const id = isMap(action) ? idOf(action) : undefined;
    return id !== undefined && ids.includes(id);
  });
  return isEmpty ? rest.replace(/^actions:[^\S\n]*$/m, "actions: []") : rest;
}

/** The id of the discrepancy that an action belongs to, which the first of its group has in an entry. */
function idOf(action: YAMLMap): string | undefined {
  const mark = action.get("x-discrepancy");
  const id = isMap(mark) ? mark.get("id") : mark;
  return typeof id === "string" ? id : undefined;
}

/** The start of the line with the dash, or of the comment and the blank lines above it. */
function startOf(text: string, offset: number): number {
  const lineStart = (position: number): number => text.lastIndexOf("\n", position - 1) + 1;
  let start = lineStart(offset);
  while (start > 0) {
    const above = lineStart(start - 1);
    const line = text.slice(above, start).trim();
    if (line !== "" && !line.startsWith("#")) break;
    start = above;
  }
  return start;
}

/** The end of the last line that belongs to the action; the blank lines after it stay. */
function endOf(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}
