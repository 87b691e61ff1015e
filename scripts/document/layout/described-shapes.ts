import { pointerOf } from "../../../src/cli/document/json-pointer.ts";
import type { Json, JsonObject } from "../document.ts";
import { printable } from "../message.ts";
import { saysTheSame } from "./keywords.ts";
import type { Description } from "./named-schemas.ts";
import type { OperationWriter } from "./operation-writer.ts";
import type { Shapes } from "./shapes.ts";
import { type SchemaDifference, unite } from "./unite.ts";

/** Two places of one shape that differ, where a request is sent by it. A correction of what differs settles it. */
export interface Conflict extends Pick<SchemaDifference, "keyword" | "values"> {
  readonly pointer: string;
  readonly text: string;
}

export interface DescribedShapes {
  readonly schemas: ReadonlyMap<string, Json>;
  readonly conflicts: readonly Conflict[];
  /** What was read the safe way: responses that differ between the places of one shape. */
  readonly unions: readonly string[];
}

/** Describes every shape that the writers have met, and unites those that are described in more than one way. */
export function describeShapes(writers: readonly OperationWriter[], shapes: Shapes): DescribedShapes {
  const written: Written = new Map();
  for (const writer of writers) writeShapes(writer, written);
  const requests = requestShapes(written, shapes);
  const schemas = new Map<string, Json>();
  const conflicts: Conflict[] = [];
  const unions: string[] = [];
  for (const [name, [first, ...others]] of written) {
    if (first === undefined) continue;
    let { schema } = first;
    for (const other of others) {
      const united = unite(schema, other.schema);
      schema = united.schema;
      for (const { path, text, ...differing } of united.differences) {
        const sentence = printable(
          `\`${name}${spelledPath(path)}\` ${text}: ${placesOf(first)} against ${placesOf(other)}`,
        );
        if (!requests.has(name)) unions.push(`${sentence}. Responses are read either way.`);
        else {
          const pointer = pointerOf(["components", "schemas", name, ...path]);
          conflicts.push({ pointer, text: sentence, ...differing });
        }
      }
    }
    schemas.set(name, schema);
  }
  return { schemas, conflicts, unions };
}

/** Name → what is written of it: one entry for each way in which it is described. */
type Written = Map<string, { readonly sources: Description[]; readonly schema: Json }[]>;

/** Describing one shape may meet the next, so it goes on until nothing new is met. */
function writeShapes(writer: OperationWriter, written: Written): void {
  const { found } = writer.names;
  const done = new Map<JsonObject, Set<string>>();
  for (let size = -1; size !== count(found); ) {
    size = count(found);
    for (const [name, descriptions] of [...found]) {
      for (const description of [...descriptions]) {
        const names = done.get(description.schema) ?? new Set();
        if (names.has(name)) continue;
        done.set(description.schema, names.add(name));
        const schema = writer.shape(description, name);
        const list = written.get(name) ?? [];
        written.set(name, list);
        const same = list.find((one) => saysTheSame(one.schema, schema));
        if (same === undefined) list.push({ sources: [description], schema });
        else same.sources.push(description);
      }
    }
  }
}

function spelledPath(path: readonly string[]): string {
  return path.map((part) => (part === "items" ? "[]" : part === "properties" ? "." : part)).join("");
}

function placesOf({ sources }: { readonly sources: readonly Description[] }): string {
  return sources.flatMap(({ places }) => places).join(", ");
}

/** The shapes that a request is made of. */
function requestShapes(written: Written, { webhooks }: Shapes): Set<string> {
  const requests = new Set<string>();
  const isSent = (place: string): boolean => {
    const root = place.split(/[.[{|<(]/)[0] ?? "";
    if (requests.has(root)) return true;
    return (
      !written.has(root) &&
      !webhooks.includes(root) &&
      /^[^.]+\.(request|query|path|header|cookie)\b/.test(place)
    );
  };
  for (let size = -1; size !== requests.size; ) {
    size = requests.size;
    for (const [name, descriptions] of written) {
      const sources = descriptions.flatMap((description) => description.sources);
      if (sources.some(({ places }) => places.some(isSent))) requests.add(name);
    }
  }
  return requests;
}

function count(found: ReadonlyMap<string, readonly unknown[]>): number {
  return [...found.values()].reduce((sum, list) => sum + list.length, 0);
}
