/**
 * The first NaN or infinity in what was written as JSON, which has null in its place.
 *
 * @param json What was written of the value. Most of it holds no null, and so none of them.
 */
export function findNoNumber(value: unknown, json: string): { name: string; value: number } | undefined {
  if (!json.includes("null")) return undefined;
  let found: { name: string; value: number } | undefined;
  JSON.stringify(value, (name, member: unknown) => {
    if (typeof member === "number" && !Number.isFinite(member)) found ??= { name, value: member };
    return member;
  });
  return found;
}
