import {
  dereference,
  httpMethods,
  isObject,
  type Json,
  type JsonObject,
  resolvePointer,
  visitObjects,
} from "./document.ts";
import { oneSchema, schemaLists, schemaMaps } from "./layout/keywords.ts";
import { message } from "./message.ts";

type Complain = (pointer: string, what: string) => void;

/**
 * What of a document could not be laid out, or would do harm where it is used: a path that leads to another host, a media
 * type that ends a header, a schema that is none. The linter knows some of it too, and can be overruled.
 */
export function structureProblems(document: JsonObject, name: string): string[] {
  const problems: string[] = [];
  const complain: Complain = (pointer, what) => problems.push(message`${name}: ${pointer} ${what}.`);
  complainOfTwins(document, complain);
  for (const section of ["paths", "webhooks"]) {
    const items = document[section];
    for (const [path, item] of isObject(items) ? Object.entries(items) : []) {
      const pointer = `#/${section}/${path.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (section === "paths" && !path.startsWith("x-") && !isPath(path)) {
        complain(
          pointer,
          "is no path below the server's: it must begin with one slash and hold no dots, query or spaces",
        );
      }
      const seen = dereference(document, item);
      if (isObject(seen)) checkItem(document, seen, pointer, complain);
      else if (!path.startsWith("x-")) complain(pointer, "has no operations, or refers to itself");
    }
  }
  checkWords(document, "#", complain);
  visitObjects(document, (object, pointer) => checkKeywords(object, pointer, complain));
  return problems;
}

/** Requests could be meant for either of two paths that differ in the names of their parameters alone. */
function complainOfTwins(document: JsonObject, complain: Complain): void {
  const paths = Object.keys(isObject(document.paths) ? document.paths : {});
  const first = new Map<string, string>();
  for (const path of paths) {
    const twin = first.get(path.replaceAll(/\{[^{}]*\}/g, "{}"));
    if (twin !== undefined) complain(`#/paths/${path}`, `is the same as ${twin}, with other names`);
    else first.set(path.replaceAll(/\{[^{}]*\}/g, "{}"), path);
  }
}

function isPath(path: string): boolean {
  const segments = path.split("/").slice(1);
  const isPlain =
    /^\/[\x21-\x7e\u00a1-\uffff]*$/.test(path) && !/[?#\\%]/.test(path) && !path.startsWith("//");
  const isWhole = path.replaceAll(/\{[^{}/]+\}/g, "").search(/[{}]/) === -1;
  return isPlain && isWhole && !segments.some((segment) => segment === "." || segment === "..");
}

const itemKeywords = new Set<string>([
  "$ref",
  "summary",
  "description",
  "servers",
  "parameters",
  ...httpMethods,
]);

function checkItem(document: JsonObject, item: JsonObject, pointer: string, complain: Complain): void {
  checkParameters(document, item.parameters, `${pointer}/parameters`, complain);
  for (const key of Object.keys(item)) {
    if (!itemKeywords.has(key) && !key.startsWith("x-"))
      complain(
        `${pointer}/${key}`,
        `is no operation that the client has, which are ${httpMethods.join(", ")}: pull a copy without it, with --from`,
      );
  }
  for (const method of httpMethods.filter((one) => item[one] !== undefined)) {
    const [operation, place] = [item[method], `${pointer}/${method}`];
    if (!isObject(operation)) {
      complain(place, "is no operation");
      continue;
    }
    const { operationId, responses } = operation;
    if (operationId !== undefined && !isName(operationId)) complain(`${place}/operationId`, "is no name");
    checkParameters(document, operation.parameters, `${place}/parameters`, complain);
    if (responses !== undefined && !isObject(responses))
      complain(`${place}/responses`, "are no responses by status");
    for (const status of Object.keys(isObject(responses) ? responses : {})) {
      if (!/^([1-5](\d\d|XX)|default|x-.*)$/.test(status))
        complain(`${place}/responses/${status}`, "has no status");
    }
  }
}

function checkParameters(
  document: JsonObject,
  list: Json | undefined,
  pointer: string,
  complain: Complain,
): void {
  if (list === undefined) return;
  if (!Array.isArray(list)) complain(pointer, "is no list of parameters");
  for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
    const { $ref: reference } = isObject(entry) ? entry : {};
    const parameter = typeof reference === "string" ? resolvePointer(document, reference) : entry;
    // A reference that leads to another is followed when the document is laid out.
    if (isObject(parameter) && parameter.$ref !== undefined) continue;
    const isKnown =
      isObject(parameter) && ["path", "query", "header", "cookie"].includes(String(parameter.in));
    if (!isKnown || !isName(parameter.name))
      complain(`${pointer}/${index}`, "is no parameter with a name and a place");
  }
}

function isName(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "" && value !== "__proto__" && !/\p{Cc}/u.test(value);
}

/** Keywords that the generation reads: what they hold must be what it takes them for. */
function checkKeywords(object: JsonObject, pointer: string, complain: Complain): void {
  for (const [key, value] of Object.entries(object)) {
    const place = `${pointer}/${key}`;
    if ((oneSchema.has(key) || key === "schema") && !isSchema(value)) complain(place, "is no schema");
    if (schemaLists.has(key)) checkSchemas(Array.isArray(value) ? value : undefined, place, complain);
    if (schemaMaps.has(key)) checkSchemas(isObject(value) ? value : undefined, place, complain);
    if (key === "enum" && !Array.isArray(value)) complain(place, "is no list of values");
    if (key === "required" && typeof value !== "boolean" && !isListOfNames(value))
      complain(place, "is no list of names");
    if (key === "pattern" && !isPattern(value)) complain(place, "is no regular expression");
    if (key === "content") checkMediaTypes(value, place, complain);
  }
}

/** What reads in another order than it stands hides what it says from whoever reviews it. */
function checkWords(value: Json, pointer: string, complain: Complain): void {
  if (typeof value === "string" && turning.test(value)) complain(pointer, "turns the direction of its text");
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (turning.test(key)) complain(`${pointer}/${key}`, "turns the direction of its name");
    checkWords(child, `${pointer}/${key}`, complain);
  }
}

const turning = /[\u202a-\u202e\u2066-\u2069]/;

/** Names by which the tools ask every object for something else, and fall. */
const unspeakable = new Set(["hasOwnProperty", "valueOf"]);

function isSchema(value: Json | undefined): boolean {
  return isObject(value) || typeof value === "boolean";
}

function checkSchemas(schemas: Json[] | JsonObject | undefined, pointer: string, complain: Complain): void {
  if (schemas === undefined) complain(pointer, "holds no schemas");
  for (const [key, schema] of Object.entries(schemas ?? {})) {
    if (!isSchema(schema)) complain(`${pointer}/${key}`, "is no schema");
    if (unspeakable.has(key)) complain(`${pointer}/${key}`, "has a name that no tool can read");
  }
}

function isListOfNames(value: Json): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function isPattern(value: Json): boolean {
  try {
    return typeof value === "string" && new RegExp(value, "u") !== undefined;
  } catch {
    return false;
  }
}

function checkMediaTypes(content: Json, pointer: string, complain: Complain): void {
  if (!isObject(content)) complain(pointer, "holds no media types");
  for (const type of Object.keys(isObject(content) ? content : {})) {
    const media = isObject(content) ? content[type] : undefined;
    if (isObject(media) && media.itemSchema !== undefined)
      complain(`${pointer}/${type}`, "is a stream of items, which the client can't read");
    if (!/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+( *;[\x20-\x7e]*)?$/.test(type))
      complain(`${pointer}/${type}`, "has no media type");
  }
}
