import { GenerationError, isObject, type Json, type JsonObject } from "../document.ts";

export const sections = ["schemas", "parameters", "responses", "requestBodies"] as const;
export type Section = (typeof sections)[number];

/** Our name of an operation, and where it stands: `GET /orders/{orderId}`, or `webhook orderStatusUpdated`. */
export interface NamedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

/** What `openapi/shapes.yaml` says: our names, and the places where each stands. */
export interface Shapes {
  readonly operations: readonly NamedOperation[];
  readonly webhooks: readonly string[];
  /** Place → name, for each section of the components. */
  readonly places: Readonly<Record<Section, ReadonlyMap<string, string>>>;
  /** Names in our order, for each section. */
  readonly names: Readonly<Record<Section, readonly string[]>>;
}

export const noShapes: Shapes = readShapes({}, "no shapes");

/** Reads shapes.yaml. `name` is what messages call it. */
export function readShapes(document: JsonObject, name: string): Shapes {
  const problems: string[] = [];
  const operations: NamedOperation[] = [];
  const webhooks: string[] = [];
  for (const [id, place] of Object.entries(isObject(document.operations) ? document.operations : {})) {
    const [, method = "", path = ""] = /^([A-Z]+|webhook) (\S+)$/.exec(String(place)) ?? [];
    if (method === "webhook") webhooks.push(path);
    else if (path.startsWith("/")) operations.push({ id, method: method.toLowerCase(), path });
    else problems.push(`${name}: the place of ${id} is neither \`METHOD /path\` nor \`webhook NAME\`.`);
  }
  const section = (key: Section): ReadonlyMap<string, string> => {
    const places = new Map<string, string>();
    for (const [shape, list] of Object.entries(isObject(document[key]) ? document[key] : {})) {
      for (const place of placesOf(list)) {
        const other = places.get(place);
        if (other !== undefined) problems.push(`${name}: ${place} is both ${other} and ${shape}.`);
        places.set(place, shape);
      }
    }
    return key === "schemas" ? shortened(places) : places;
  };
  const named = (key: Section): readonly string[] =>
    Object.keys(isObject(document[key]) ? document[key] : {});
  const places = each(section);
  const names = each(named);
  if (problems.length > 0) throw new GenerationError(problems);
  return { operations, webhooks, places, names };
}

function each<Value>(make: (section: Section) => Value): Record<Section, Value> {
  const [schemas, parameters, responses, requestBodies] = sections;
  return {
    schemas: make(schemas),
    parameters: make(parameters),
    responses: make(responses),
    requestBodies: make(requestBodies),
  };
}

function placesOf(list: Json): string[] {
  return (Array.isArray(list) ? list : [list]).map(String);
}

/** `listOrders.200.orders[]` as `OrderList.orders[]`, where `listOrders.200` is a place of OrderList. */
function shortened(places: ReadonlyMap<string, string>): Map<string, string> {
  const shorten = (place: string): string => {
    for (let end = place.length - 1; end > 0; end--) {
      if (!".[{|".includes(place[end] ?? "")) continue;
      const shape = places.get(place.slice(0, end));
      if (shape !== undefined) return shape + place.slice(end);
    }
    return place;
  };
  return new Map([...places].map(([place, shape]) => [shorten(place), shape]));
}
