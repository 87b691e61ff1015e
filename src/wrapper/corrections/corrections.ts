import {
  type CorrectionId,
  type CorrectionNode,
  nodes as generatedNodes,
  operations as generatedOperations,
} from "../../generated/corrections.ts";
import { isRecord } from "../is-record.ts";

/**
 * Puts the vendor's spellings right at run time, by the table that `npm run generate` makes from
 * openapi/corrections.yaml.
 *
 * - Requests go from the user's spelling to the wire's. What the caller passed is copied where it changes and
 *   never touched.
 * - Responses come back in the user's spelling, whichever of the two the API sent: a vendor who fixes a field must
 *   not break a running client. Where an object holds both spellings and they differ, the documented wire one
 *   wins unless it is null, and its property stays beside the corrected one.
 */
export interface Corrections {
  /** The corrections of one operation, such as POST of `/orders`. Undefined when it has none. */
  of(method: string, path: string): OperationCorrections | undefined;
}

export interface OperationCorrections {
  /** The query parameters as they travel. */
  query(query: unknown): unknown;
  /** The request body as it travels. */
  request(body: unknown): unknown;
  /** The response as the user sees it. The parsed body belongs to the call, so it is changed in place. */
  response(status: number, body: unknown): unknown;
}

/** The table that the corrections work by; the generated one unless told otherwise. */
export interface CorrectionTable {
  readonly nodes: readonly CorrectionNode[];
  readonly operations: Readonly<
    Record<string, { query?: number; request?: number; responses?: Readonly<Record<string, number>> }>
  >;
}

const generatedTable: CorrectionTable = { nodes: generatedNodes, operations: generatedOperations };

interface Place {
  readonly renames: { readonly name: string; readonly wireName: string; readonly id: CorrectionId }[];
  values:
    | {
        readonly toWire: Map<string, string>;
        readonly toUser: Map<string, string>;
        readonly id: CorrectionId;
      }
    | undefined;
  readonly properties: { readonly name: string; readonly place: Place }[];
  items: Place | undefined;
  additional: Place | undefined;
  /** The properties that `additional` does not mean. */
  readonly named: Set<string>;
}

type Report = (id: CorrectionId, spelling: string) => void;

/** Readies the corrections of one client, without those that it switches off. */
export function createCorrections(
  disabled: ReadonlySet<string>,
  onDiscrepancy?: Report,
  table: CorrectionTable = generatedTable,
): Corrections {
  const places = linkPlaces(table.nodes, disabled);
  const placeOf = (index: number | undefined): Place | undefined =>
    index === undefined ? undefined : places[index];
  // By path and method apart: a key made of both would be made, and hashed, for each call.
  const paths = new Map<string, Map<string, OperationCorrections>>();
  for (const [operation, { query, request, responses = {} }] of Object.entries(table.operations)) {
    const byStatus = new Map(Object.entries(responses).map(([status, index]) => [status, placeOf(index)]));
    const responsePlace = (status: number): Place | undefined =>
      byStatus.get(String(status)) ??
      byStatus.get(`${Math.trunc(status / 100)}XX`) ??
      byStatus.get("default");
    const [method = "", path = ""] = operation.split(" ");
    const methods = paths.get(path) ?? new Map<string, OperationCorrections>();
    paths.set(path, methods);
    methods.set(method, {
      query: (value) => toWire(value, placeOf(query)),
      request: (body) => toWire(body, placeOf(request)),
      response(status, body) {
        const place = responsePlace(status);
        return place === undefined ? body : toUser(body, place, onDiscrepancy && once(onDiscrepancy));
      },
    });
  }
  return { of: (method, path) => paths.get(path)?.get(method) };
}

/** Turns the numbered nodes into places that refer to each other, cycles included. */
function linkPlaces(nodes: readonly CorrectionNode[], disabled: ReadonlySet<string>): Place[] {
  const places = nodes.map(({ renames = {}, values, properties = {}, others = [] }): Place => {
    const pairs =
      values === undefined || disabled.has(values.id) ? undefined : Object.entries(values.wireValues);
    return {
      renames: Object.entries(renames)
        .filter(([, { id }]) => !disabled.has(id))
        .map(([name, rename]) => ({ name, ...rename })),
      values: values &&
        pairs && {
          toWire: new Map(pairs),
          toUser: new Map(pairs.map(([user, wire]) => [wire, user])),
          id: values.id,
        },
      properties: [],
      items: undefined,
      additional: undefined,
      named: new Set([
        ...Object.keys(renames),
        ...Object.values(renames).map(({ wireName }) => wireName),
        ...Object.keys(properties),
        ...others,
      ]),
    };
  });
  for (const [index, { properties = {}, items, additional }] of nodes.entries()) {
    const place = places[index] as Place; // `places` was mapped from `nodes`.
    for (const [name, child] of Object.entries(properties)) {
      const childPlace = places[child];
      if (childPlace !== undefined) place.properties.push({ name, place: childPlace });
    }
    place.items = items === undefined ? undefined : places[items];
    place.additional = additional === undefined ? undefined : places[additional];
  }
  return places;
}

/** The value as it travels: the same object when nothing in it changes, a copy of what does otherwise. */
function toWire(value: unknown, place: Place | undefined): unknown {
  if (place === undefined) return value;
  if (typeof value === "string") return place.values?.toWire.get(value) ?? value;
  if (Array.isArray(value)) return place.items === undefined ? value : mapArray(value, place.items);
  if (!isRecord(value)) return value;
  if (typeof value.toJSON === "function") return toWire(jsonOf(value), place);
  let result = value;
  const correct = (name: string, child: Place): void => {
    const changed = toWire(value[name], child);
    if (changed === value[name]) return;
    if (result === value) result = { ...value };
    result[name] = changed;
  };
  for (const { name, place: child } of place.properties) if (Object.hasOwn(value, name)) correct(name, child);
  if (place.additional !== undefined) {
    for (const name of Object.keys(value)) if (!place.named.has(name)) correct(name, place.additional);
  }
  for (const { name, wireName } of place.renames) {
    // JSON leaves out what is undefined, so that takes the place of nothing.
    if (Object.hasOwn(result, name) && result[name] !== undefined) result = renameKey(result, name, wireName);
  }
  return result;
}

/** What JSON.stringify would send in place of the object. It asks toJSON once, and not what that returns. */
function jsonOf(value: Record<string, unknown>): unknown {
  const json = (value as { toJSON(): unknown }).toJSON();
  const asksAgain = isRecord(json) && typeof json.toJSON === "function";
  return asksAgain ? { ...json, toJSON: undefined } : json;
}

function mapArray(array: readonly unknown[], items: Place): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of array.entries()) {
    const changed = toWire(item, items);
    if (changed === item) continue;
    copy ??= [...array];
    copy[index] = changed;
  }
  return copy ?? array;
}

/** The value as the user sees it. Objects and arrays are changed in place, but for renamed keys. */
function toUser(value: unknown, place: Place, report: Report | undefined): unknown {
  if (typeof value === "string")
    return place.values === undefined ? value : valueToUser(value, place.values, report);
  if (Array.isArray(value)) {
    const { items } = place;
    if (items === undefined) return value;
    for (let index = 0; index < value.length; index++) value[index] = toUser(value[index], items, report);
    return value;
  }
  if (!isRecord(value)) return value;
  let result = value;
  for (const { name, wireName, id } of place.renames) result = keyToUser(result, name, wireName, id, report);
  for (const { name, place: child } of place.properties) {
    // A missing property is undefined, which stays what it is.
    const before = result[name];
    if (before === undefined || !Object.hasOwn(result, name)) continue;
    const after = toUser(before, child, report);
    if (after !== before) result[name] = after;
  }
  if (place.additional !== undefined) {
    for (const name of Object.keys(result)) {
      if (!place.named.has(name)) result[name] = toUser(result[name], place.additional, report);
    }
  }
  return result;
}

function valueToUser(
  value: string,
  values: NonNullable<Place["values"]>,
  report: Report | undefined,
): string {
  const corrected = values.toUser.get(value);
  if (report !== undefined && (corrected !== undefined || values.toWire.has(value))) report(values.id, value);
  return corrected ?? value;
}

function keyToUser(
  object: Record<string, unknown>,
  name: string,
  wireName: string,
  id: CorrectionId,
  report: Report | undefined,
): Record<string, unknown> {
  const hasName = Object.hasOwn(object, name);
  if (hasName) report?.(id, name);
  if (!Object.hasOwn(object, wireName)) return object;
  report?.(id, wireName);
  if (!hasName || object[name] === object[wireName]) return renameKey(object, wireName, name);
  // A vendor who renames a field may leave null in the old one.
  if (object[wireName] !== null) object[name] = object[wireName];
  return object;
}

/** A copy in which `from` is called `to`, and comes last. A property called `to` before gives way to it. */
function renameKey(object: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  // Twice as fast as a loop, and `__proto__` stays a property.
  const { [from]: value, ...copy } = object;
  copy[to] = value;
  return copy;
}

/** Passes on each pair once, so that a page of a hundred orders is one report. */
function once(report: Report): Report {
  const seen = new Set<string>();
  return (id, spelling) => {
    const pair = `${id} ${spelling}`;
    if (seen.has(pair)) return;
    seen.add(pair);
    report(id, spelling);
  };
}
