import {
  type CorrectionId,
  type CorrectionNode,
  nodes as generatedNodes,
  operations as generatedOperations,
} from "../generated/corrections.ts";

/**
 * Puts the vendor's spellings right at run time, by the table that `npm run generate` makes from
 * openapi/corrections.yaml.
 *
 * - Requests go from the user's spelling to the wire's. What the caller passed is copied where it changes and
 *   never touched.
 * - Answers come back in the user's spelling, whichever of the two the API sent: a vendor who fixes a field must
 *   not break a running client. Where an object holds both spellings and they differ, the documented wire one
 *   wins, and its property stays beside the corrected one.
 */
export interface Corrections {
  /** The query parameters as they travel. */
  query(operation: string, query: unknown): unknown;
  /** The request body as it travels. */
  request(operation: string, body: unknown): unknown;
  /** The answer as the user sees it. The parsed answer belongs to the call, so it is changed in place. */
  response(operation: string, status: number, body: unknown): unknown;
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
  values?: {
    readonly toWire: Map<string, string>;
    readonly toUser: Map<string, string>;
    readonly id: CorrectionId;
  };
  readonly properties: [name: string, place: Place][];
  items?: Place;
  additional?: Place;
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
  return {
    query: (operation, query) => toWire(query, placeOf(table.operations[operation]?.query)),
    request: (operation, body) => toWire(body, placeOf(table.operations[operation]?.request)),
    response(operation, status, body) {
      const responses = table.operations[operation]?.responses;
      const place = placeOf(
        responses?.[status] ?? responses?.[`${Math.trunc(status / 100)}XX`] ?? responses?.default,
      );
      return place === undefined ? body : toUser(body, place, onDiscrepancy && once(onDiscrepancy));
    },
  };
}

/** Turns the numbered nodes into places that refer to each other, cycles included. */
function linkPlaces(nodes: readonly CorrectionNode[], disabled: ReadonlySet<string>): Place[] {
  const places = nodes.map(({ renames = {}, values, properties = {}, others = [] }) => {
    const place: Place = {
      renames: Object.entries(renames)
        .filter(([, { id }]) => !disabled.has(id))
        .map(([name, rename]) => ({ name, ...rename })),
      properties: [],
      named: new Set([...Object.keys(renames), ...Object.keys(properties), ...others]),
    };
    if (values !== undefined && !disabled.has(values.id)) {
      const pairs = Object.entries(values.wireValues);
      const toUser = new Map(pairs.map(([user, wire]) => [wire, user]));
      place.values = { toWire: new Map(pairs), toUser, id: values.id };
    }
    for (const { wireName } of Object.values(renames)) place.named.add(wireName);
    return place;
  });
  for (const [index, { properties = {}, items, additional }] of nodes.entries()) {
    const place = places[index] as Place; // `places` was mapped from `nodes`.
    for (const [name, child] of Object.entries(properties)) {
      const childPlace = places[child];
      if (childPlace !== undefined) place.properties.push([name, childPlace]);
    }
    const itemsPlace = items === undefined ? undefined : places[items];
    if (itemsPlace !== undefined) place.items = itemsPlace;
    const additionalPlace = additional === undefined ? undefined : places[additional];
    if (additionalPlace !== undefined) place.additional = additionalPlace;
  }
  return places;
}

/** The value as it travels: the same object when nothing in it changes, a copy of what does otherwise. */
function toWire(value: unknown, place: Place | undefined): unknown {
  if (place === undefined) return value;
  if (typeof value === "string") return place.values?.toWire.get(value) ?? value;
  if (Array.isArray(value)) return place.items === undefined ? value : mapArray(value, place.items);
  if (!isRecord(value)) return value;
  // JSON.stringify would send what toJSON returns, so that is what has to be corrected.
  if (typeof value.toJSON === "function") return toWire(value.toJSON(), place);
  let copy: Record<string, unknown> | undefined;
  for (const [name, child] of childrenOf(value, place)) {
    const changed = toWire(value[name], child);
    if (changed === value[name]) continue;
    copy ??= { ...value };
    copy[name] = changed;
  }
  let result = copy ?? value;
  for (const { name, wireName } of place.renames) {
    if (Object.hasOwn(result, name)) result = renameKey(result, name, wireName);
  }
  return result;
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
    if (place.items === undefined) return value;
    for (let index = 0; index < value.length; index++)
      value[index] = toUser(value[index], place.items, report);
    return value;
  }
  if (!isRecord(value)) return value;
  let result = value;
  for (const { name, wireName, id } of place.renames) result = keyToUser(result, name, wireName, id, report);
  for (const [name, child] of childrenOf(result, place)) result[name] = toUser(result[name], child, report);
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
  object[name] = object[wireName];
  return object;
}

/** The properties that the place leads into: those that it names, and all others when it says something of them. */
function* childrenOf(object: Record<string, unknown>, place: Place): Generator<[string, Place]> {
  for (const entry of place.properties) {
    if (Object.hasOwn(object, entry[0])) yield entry;
  }
  if (place.additional === undefined) return;
  for (const name of Object.keys(object)) {
    if (!place.named.has(name)) yield [name, place.additional];
  }
}

/** A copy in which `from` is called `to`, in the same position. A property called `to` before gives way to it. */
function renameKey(object: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  // Object.fromEntries defines properties, so that a `__proto__` from the wire stays a property.
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => key !== to)
      .map(([key, value]) => [key === from ? to : key, value]),
  );
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
