import { isObject, type Json, type JsonObject } from "./document.ts";

/** Keywords in which order and duplicates mean nothing. An overlay's update appends to them what may be there. */
const setKeywords = new Set(["enum", "required", "examples"]);

/**
 * What a document says and makes the client do: lists that are sets in one order, and without the names of
 * discrepancies. The wire marks stay: a correction that adds nothing else still changes what is sent.
 */
export function substance(document: JsonObject): JsonObject {
  return reduce(document, /^x-discrepancy$/);
}

/** What a document says to its readers: the same without the wire marks, which only the client reads. */
export function readersView(document: JsonObject): JsonObject {
  return reduce(document, /^x-(discrepancy|wire-)/);
}

function reduce(document: JsonObject, left: RegExp): JsonObject {
  const within = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(within);
    return isObject(value) ? reduce(value, left) : value;
  };
  const entries = Object.entries(document)
    .filter(([key]) => !left.test(key))
    .map(([key, child]) => {
      const isSet = setKeywords.has(key) && Array.isArray(child);
      return [key, isSet ? [...new Set(child)].sort() : within(child)];
    });
  return Object.fromEntries(entries);
}
