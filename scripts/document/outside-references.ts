import { pointerOf } from "../../src/cli/document/json-pointer.ts";
import { dataKeywords, nameMaps } from "../../src/cli/document/keywords.ts";
import { isObject, type Json, type JsonObject } from "./document.ts";

/** A reference that leads out of a document. */
export interface OutsideReference {
  readonly holder: JsonObject;
  readonly reference: string;
  readonly pointer: string;
  /** Whether it stands where the document has a part of its own: anywhere else it is data, and must lead nowhere. */
  readonly isPart: boolean;
}

/**
 * Every reference that leads out of a document, in whatever position: tools resolve `$ref` in examples, extensions and
 * among names, where OpenAPI knows none, and would put a file of this machine into what is published.
 */
export function outsideReferences(document: JsonObject): OutsideReference[] {
  const found: OutsideReference[] = [];
  const open: { value: Json; pointer: string; isData: boolean; isNames: boolean }[] = [
    { value: document, pointer: "#", isData: false, isNames: false },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, isData, isNames } = next;
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        open.push({ value: item, pointer: `${pointer}/${index}`, isData, isNames: false });
      });
    }
    if (!isObject(value)) continue;
    for (const reference of referencesOf(value, pointer)) {
      found.push({
        holder: value,
        reference,
        pointer,
        isPart: reference === value.$ref && !isData && !isNames,
      });
    }
    for (const [key, child] of Object.entries(value)) {
      const isDataBelow = isData || (!isNames && (dataKeywords.has(key) || key.startsWith("x-")));
      open.push({
        value: child,
        pointer: pointerOf([key], pointer),
        isData: isDataBelow,
        isNames: !isNames && !isDataBelow && nameMaps.has(key) && isObject(child),
      });
    }
  }
  return found;
}

function referencesOf({ $ref: reference, mapping }: JsonObject, pointer: string): string[] {
  // The values of a discriminator's mapping are references too, or names of components.
  const mapped = isObject(mapping) && pointer.endsWith("/discriminator") ? Object.values(mapping) : [];
  return [
    ...(typeof reference === "string" && !reference.startsWith("#") ? [reference] : []),
    ...mapped.filter(
      (value) => typeof value === "string" && !value.startsWith("#") && !/^[A-Za-z0-9_-]+$/.test(value),
    ),
  ] as string[]; // Each is a string.
}
