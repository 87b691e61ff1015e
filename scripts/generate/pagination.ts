import { Ajv2020 } from "ajv/dist/2020.js";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  listOperations,
} from "../document/document.ts";
import { message } from "../document/message.ts";

/** How `paginate` reads a document. */
export interface Pagination {
  /** Path of a list → the property of its response that holds the items. */
  readonly paths: Readonly<Record<string, string>>;
  /** Path of a list → the largest page that it may be asked for. A list that takes no `limit` isn't in it. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Which list `paginate` doesn't read, or reads in pages of the API's choice, and why: each a sentence. */
  readonly notes: readonly string[];
}

/**
 * Which list operation yields which array: a GET with a `cursor` in its query and no other parameter that it needs, whose
 * response has a `cursor` and exactly one array of objects beside it.
 */
export function collectPagination(document: JsonObject): Pagination {
  const [paths, sizes]: [Record<string, string>, Record<string, number>] = [{}, {}];
  const notes: string[] = [];
  for (const { path, method, operation, parameters } of listOperations(document)) {
    const query = parameters.filter((parameter) => parameter.in === "query");
    const cursor = query.find(({ name }) => name === "cursor");
    if (method !== "get" || cursor === undefined) continue;
    const responses = isObject(operation.responses) ? operation.responses : {};
    const schema = dereference(document, jsonSchema(document, responses["200"]));
    const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
    const lists = Object.keys(properties).filter((name) => isList(document, properties[name]));
    const [items] = lists;
    const needed = query.filter(({ required }) => required === true).map(({ name }) => name);
    const isString = (value: Json | undefined): boolean => reader(document, value)("a cursor");
    let why: string | undefined;
    if (responses["200"] === undefined) why = "its response is documented under no 200";
    else if (!Object.hasOwn(properties, "cursor")) why = "its response has no `cursor`";
    else if (!isString(properties.cursor) || !isString(cursor.schema)) why = "its cursor is no string";
    else if (items === undefined || lists.length > 1)
      why = `its response has ${lists.length} lists of objects`;
    else if (needed.length > 0) why = `it needs ${needed.join(", ")} in its query`;
    if (items === undefined || why !== undefined) {
      notes.push(
        message`\`paginate\` doesn't read ${path}: ${why}. Teach it to src/pagination/paginate.ts. What in src/ reads it by \`paginate\` doesn't compile until then.`,
      );
      continue;
    }
    paths[path] = items;
    const limit = query.find(({ name }) => name === "limit");
    const size = limit && pageSizes.find(reader(document, limit.schema));
    if (size !== undefined) sizes[path] = size;
    else {
      const reason =
        limit === undefined ? "no `limit` in its query" : "a `limit` that is no number up to 100";
      notes.push(message`\`paginate\` leaves the size of the pages of ${path} to the API: it has ${reason}.`);
    }
  }
  return { paths, sizes, notes };
}

/** What `paginate` may ask of a page, the most first. */
const pageSizes: readonly number[] = Array.from({ length: 100 }, (_, index) => 100 - index);

const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
// Of a cursor only its type is known before it is there.
for (const keyword of ["pattern", "minLength", "maxLength"]) ajv.removeKeyword(keyword);

/** Says of a value whether a schema takes it. A schema that can't be understood takes none. */
function reader({ components = {} }: JsonObject, schema: Json = {}): (value: unknown) => boolean {
  try {
    const validate = ajv.compile({ allOf: [schema], components });
    return (value) => validate(value) === true;
  } catch {
    return () => false;
  }
}

/** An array of what may be objects. Messages beside the items, or numbers, are no list that somebody pages through. */
function isList(document: JsonObject, value: Json | undefined): boolean {
  const schema = dereference(document, value);
  if (!isObject(schema) || schema.type !== "array") return false;
  const items = dereference(document, schema.items);
  const types = isObject(items) ? [items.type ?? "object"].flat() : ["object"];
  return types.includes("object");
}
