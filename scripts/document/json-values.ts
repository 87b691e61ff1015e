/**
 * Where a parsed YAML document holds what JSON can't: numbers without end, bytes, or an alias of something around it.
 * Undefined where it doesn't. Without this, each would be written as something else, and the last would end in a crash.
 */
export function findForeignValue(
  value: unknown,
  pointer = "#",
  around: readonly unknown[] = [],
  known = new Set<unknown>(),
): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value !== "object") return Number.isFinite(value) ? undefined : pointer;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  if (!isPlain || around.includes(value)) return pointer;
  if (known.has(value)) return undefined;
  known.add(value);
  for (const [key, child] of Object.entries(value)) {
    const found = findForeignValue(child, `${pointer}/${key}`, [...around, value], known);
    if (found !== undefined) return found;
  }
  return undefined;
}
