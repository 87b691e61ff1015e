import { dereference, isObject, type Json, type JsonObject } from "../../src/cli/document/document.ts";
import { corrected } from "./documents.ts";

/** One value of a body, which can be found wherever it turns up. */
export interface Leaf {
  readonly mark: string;
  /** What the document says that it tells about a person. */
  readonly sensitivity: string;
  /** The properties that lead to it. */
  readonly names: readonly string[];
}

export interface MarkedBody {
  readonly name: string;
  readonly body: JsonObject | Json[];
  readonly leaves: readonly Leaf[];
}

/** What every body holds in its sensitive places. */
export const canary = "CANARY";

/**
 * Every body that an operation or a webhook sends or returns, in the user's spelling, with a mark of its own in each
 * string: one that begins with `CANARY` in those that tell something about a person.
 */
export function markedBodies(): MarkedBody[] {
  return bodiesOf(corrected);
}

function bodiesOf(document: JsonObject): MarkedBody[] {
  const bodies: MarkedBody[] = [];
  const add = (name: string, holder: Json | undefined): void => {
    const body = dereference(document, holder);
    if (!isObject(body) || !isObject(body.content)) return;
    for (const media of Object.values(body.content)) {
      const leaves: Leaf[] = [];
      const value = isObject(media) ? fill(document, media.schema, leaves) : undefined;
      if (typeof value === "object" && value !== null) bodies.push({ name, body: value, leaves });
    }
  };
  for (const section of [document.paths, document.webhooks]) {
    for (const item of Object.values(isObject(section) ? section : {})) {
      for (const operation of Object.values(isObject(item) ? item : {})) {
        if (!isObject(operation)) continue;
        add(`the request of ${operation.operationId}`, operation.requestBody);
        for (const [status, response] of Object.entries(
          isObject(operation.responses) ? operation.responses : {},
        ))
          add(`the ${status} of ${operation.operationId}`, response);
      }
    }
  }
  return bodies;
}

/** A value of a schema. Strings get marks, and so do numbers that tell something. */
function fill(
  document: JsonObject,
  value: Json | undefined,
  leaves: Leaf[],
  names: readonly string[] = [],
  sensitivity?: string,
): Json | undefined {
  const schema = dereference(document, value);
  if (!isObject(schema)) return undefined;
  if (isObject(schema.properties)) {
    const filled: JsonObject = {};
    for (const [name, property] of Object.entries(schema.properties)) {
      const own = isObject(property) ? property["x-sensitive"] : undefined;
      const child = fill(
        document,
        property,
        leaves,
        [...names, name],
        typeof own === "string" ? own : undefined,
      );
      if (child !== undefined) filled[name] = child;
    }
    return filled;
  }
  if (schema.items !== undefined && Object.keys(Object(schema.items)).length > 0) {
    const item = fill(document, schema.items, leaves, names, sensitivity);
    return item === undefined ? undefined : [item];
  }
  if (sensitivity === undefined || (sensitivity === "none" && schema.type !== "string")) return undefined;
  const mark = `${sensitivity === "none" ? "plain" : canary}-${leaves.length}-`;
  leaves.push({ mark, sensitivity, names });
  return mark;
}
