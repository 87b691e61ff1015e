import { isObject, type Json } from "../document.ts";

/** Lists whose order says nothing. */
const sets = new Set(["enum", "required", "tags", "type"]);

/**
 * A document with its keys and sets in the order of another, and what that doesn't have after it. A vendor who sorts
 * the keys of a document has then changed nothing.
 */
export function inOrderOf(model: Json | undefined, value: Json, key = ""): Json {
  if (Array.isArray(value)) {
    const known = Array.isArray(model) ? model : [];
    if (!sets.has(key) || value.some(isObject))
      return value.map((item, index) => inOrderOf(known[index], item));
    const texts = known.map((item) => JSON.stringify(item));
    const position = (item: Json): number =>
      (texts.indexOf(JSON.stringify(item)) + known.length + 1) % (known.length + 1);
    return [...value].sort((one, other) => position(one) - position(other));
  }
  if (!isObject(value)) return value;
  const known = isObject(model) ? model : {};
  const order = [
    ...Object.keys(known).filter((name) => Object.hasOwn(value, name)),
    ...Object.keys(value).filter((name) => !Object.hasOwn(known, name)),
  ];
  return Object.fromEntries(
    order.map((name) => [
      name,
      inOrderOf(Object.hasOwn(known, name) ? known[name] : undefined, value[name] as Json, name),
    ]),
  );
}
