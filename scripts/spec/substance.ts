import { isObject, type Json, type JsonObject } from "../document/document.ts";

/** Keywords whose order and repetitions say nothing. An overlay's update appends to them what may be there. */
const setKeywords = new Set(["enum", "required", "examples"]);

/** What a document says: without our own marks, and with lists that are sets in one order. */
export function substance(document: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(document)) {
    if (/^x-(discrepancy|wire-)/.test(key)) continue;
    const isSet = setKeywords.has(key) && Array.isArray(child);
    result[key] = isSet ? [...new Set(child)].sort() : within(child);
  }
  return result;
}

function within(value: Json): Json {
  if (Array.isArray(value)) return value.map(within);
  return isObject(value) ? substance(value) : value;
}
