import { dereference, httpMethods, isObject, type Json, type JsonObject } from "../document.ts";
import { message } from "../message.ts";
import type { Shapes } from "./shapes.ts";

/** An operation of the vendor's, with the path and the id that it has with us. */
export interface PlacedOperation {
  readonly id: string;
  readonly path: string;
  readonly method: string;
  /** The path as the vendor writes it, for messages and for the names of its parameters. */
  readonly vendorPath: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
  /** Whether shapes.yaml names it. */
  readonly isNamed: boolean;
}

export interface PlacedOperations {
  readonly operations: readonly PlacedOperation[];
  readonly servers: Json[];
}

/** Finds our operations in the vendor's paths, whatever the parameters are called and wherever the version stands. */
export function placeOperations(document: JsonObject, shapes: Shapes, problems: string[]): PlacedOperations {
  const found = listPaths(document);
  const prefix = versionOf(
    found.map(({ path }) => path),
    document,
    shapes,
    problems,
  );
  const ours = new Map(
    shapes.operations.map((operation) => [`${operation.method} ${template(operation.path)}`, operation]),
  );
  const ourPaths = new Map(shapes.operations.map(({ path }) => [template(path), path]));
  const ids = new Set(shapes.operations.map(({ id }) => id));
  const placed = found.map(({ path: vendorPath, method, item, operation }): PlacedOperation => {
    const stripped = vendorPath.slice(prefix.length);
    const path = ourPaths.get(template(stripped)) ?? stripped;
    const known = ours.get(`${method} ${template(stripped)}`);
    const id = known?.id ?? freeId(operation.operationId, method, path, ids);
    return { id, path, method, vendorPath, item, operation, isNamed: known !== undefined };
  });
  const seen = new Map<string, string>();
  for (const { method, path, vendorPath } of placed) {
    const key = `${method} ${path}`;
    const other = seen.get(key);
    if (other !== undefined)
      problems.push(
        message`${vendorPath} and ${other} are one path with two names, and both have ${method}.`,
      );
    seen.set(key, vendorPath);
  }
  const order = (operation: PlacedOperation): number => {
    const index = shapes.operations.findIndex(({ id }) => id === operation.id);
    return index < 0 ? shapes.operations.length : index;
  };
  placed.sort((one, other) => order(one) - order(other));
  return { operations: placed, servers: serversOf(document, prefix) };
}

/** `/orders/{orderId}` as `/orders/{}`: the names of parameters say nothing. */
function template(path: string): string {
  return path.replace(/\{[^{}]*\}/g, "{}");
}

interface FoundOperation {
  readonly path: string;
  readonly method: string;
  readonly item: JsonObject;
  readonly operation: JsonObject;
}

function listPaths(document: JsonObject): FoundOperation[] {
  const paths = isObject(document.paths) ? Object.entries(document.paths) : [];
  return paths.flatMap(([path, reference]) => {
    const item = dereference(document, reference);
    if (!path.startsWith("/") || !isObject(item)) return [];
    return httpMethods.flatMap((method) => {
      const operation = dereference(document, item[method]);
      return isObject(operation) ? [{ path, method, item, operation }] : [];
    });
  });
}

/** The `/v1` that every path begins with, if the servers don't end with it. */
function versionOf(
  paths: readonly string[],
  document: JsonObject,
  shapes: Shapes,
  problems: string[],
): string {
  const known = new Set(shapes.operations.map(({ path }) => template(path)));
  const isKnown = (path: string): boolean => known.has(template(path));
  const versions = new Set(paths.map((path) => /^\/v\d+(?=\/)/.exec(path)?.[0] ?? ""));
  const version = [...versions].find(
    (one) => one !== "" && paths.some((path) => isKnown(path.slice(one.length))),
  );
  if (version === undefined) return "";
  if (versions.size > 1 || paths.some((path) => isKnown(path))) {
    const odd = paths.filter((path) => !path.startsWith(`${version}/`));
    problems.push(
      message`Some paths begin with ${version} and others don't, such as ${odd[0]}. One client has one base path: correct the document, or leave the odd ones out.`,
    );
    return version;
  }
  if (serversOf(document, "").some((server) => isObject(server) && String(server.url).endsWith(version))) {
    problems.push(message`Both the servers and the paths say ${version}. Take it out of one of them.`);
  }
  return version;
}

function serversOf(document: JsonObject, prefix: string): Json[] {
  const servers =
    Array.isArray(document.servers) && document.servers.length > 0 ? document.servers : [{ url: "" }];
  return servers.map((server) =>
    isObject(server)
      ? { ...server, url: `${String(server.url ?? "").replace(/\/$/, "")}${prefix}` || "/" }
      : server,
  );
}

/** The vendor's id, if it is a name and nobody else's; else one made of method and path. */
function freeId(id: Json | undefined, method: string, path: string, taken: Set<string>): string {
  const derived = method + pascal(path.replace(/\{([^{}]*)\}/g, "By $1"));
  const candidates = [...(typeof id === "string" && /^[A-Za-z_$][\w$]*$/.test(id) ? [id] : []), derived];
  let free = candidates.find((candidate) => !taken.has(candidate));
  for (let number = 2; free === undefined; number++) {
    if (!taken.has(derived + number)) free = derived + number;
  }
  taken.add(free);
  return free;
}

/** Words as one name: `shipping-methods` is `ShippingMethods`. */
export function pascal(words: string): string {
  return words
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join("");
}
