import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  type Operation,
} from "../../document/document.ts";
import { sampleSchema } from "./sample-schema.ts";
import type { SchemaCollector } from "./schema-checks.ts";

/** What the mock in process knows of one document: for each operation what it takes and what it responds with. */
export type DocumentTable = Readonly<Record<string, object>>;

/** The table of a document. Each schema in it is collected, and named in the table. */
export function documentTable(document: JsonObject, schemas: SchemaCollector): DocumentTable {
  return Object.fromEntries(
    listOperations(document).map((operation) => [
      operation.key,
      {
        needsToken: needsToken(document, operation),
        ...parametersTable(document, operation, schemas),
        ...bodyTable(document, operation, schemas),
        responses: responsesTable(document, operation, schemas),
      },
    ]),
  );
}

/** Whether each way to sign in is by a bearer token. Prism's names of the schemes that are. */
function needsToken(document: JsonObject, { operation }: Operation): boolean {
  const ways = operation.security ?? document.security;
  const schemes = isObject(document.components) ? document.components.securitySchemes : undefined;
  const isBearer = (name: string): boolean => {
    const scheme = dereference(document, isObject(schemes) ? schemes[name] : undefined);
    if (!isObject(scheme)) return false;
    return (
      scheme.type === "oauth2" ||
      scheme.type === "openIdConnect" ||
      (scheme.type === "http" && String(scheme.scheme).toLowerCase() === "bearer")
    );
  };
  if (!Array.isArray(ways) || ways.length === 0) return false;
  return ways.every((way) => isObject(way) && Object.keys(way).some(isBearer));
}

/** Parameters are strings: their check makes numbers of those that are to be numbers, and ignores the case of names. */
function parametersTable(
  document: JsonObject,
  { key, parameters }: Operation,
  schemas: SchemaCollector,
): object {
  const places = ["header", "query", "path"].flatMap((place) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    if (own.length === 0) return [];
    const nameOf = (parameter: JsonObject): string => String(parameter.name).toLowerCase();
    const schema = {
      type: "object",
      properties: Object.fromEntries(own.map((one) => [nameOf(one), one.schema ?? true])),
      required: own.filter((one) => one.required === true).map(nameOf),
    };
    const lists = own.filter((one) => isList(document, one)).map((one) => [nameOf(one), separatorOf(one)]);
    return [
      [
        place,
        {
          check: schemas.add(`${key} ${place}`, document, schema, "strings"),
          names: own.map(nameOf),
          ...(lists.length > 0 && { lists: Object.fromEntries(lists) }),
        },
      ],
    ];
  });
  return Object.fromEntries(places);
}

function isList(document: JsonObject, { schema }: JsonObject): boolean {
  const target = dereference(document, schema);
  return isObject(target) && target.type === "array";
}

/** What stands between the items of a list; null where the parameter is repeated, as in a query by default. */
function separatorOf({ in: place, style, explode }: JsonObject): string | null {
  if (place !== "query") return ",";
  if (style === "spaceDelimited") return " ";
  if (style === "pipeDelimited") return "|";
  return explode === false ? "," : null;
}

function bodyTable(document: JsonObject, { key, operation }: Operation, schemas: SchemaCollector): object {
  const body = dereference(document, operation.requestBody);
  if (!isObject(body) || !isObject(body.content)) return {};
  const contents = Object.entries(body.content).map(([type, media]) => {
    const schema = isObject(media) ? media.schema : undefined;
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(type);
    const fields = isForm ? fieldsOf(document, schema) : undefined;
    const check =
      schema === undefined
        ? undefined
        : schemas.add(`${key} ${type}`, document, schema, isForm ? "strings" : "request");
    return [type.toLowerCase(), { ...(check && { check }), ...(fields && { fields }) }];
  });
  return { body: { required: body.required === true, contents: Object.fromEntries(contents) } };
}

function fieldsOf(document: JsonObject, schema: Json | undefined): string[] {
  const target = dereference(document, schema);
  return isObject(target) && isObject(target.properties) ? Object.keys(target.properties) : [];
}

function responsesTable(
  document: JsonObject,
  { key, operation }: Operation,
  schemas: SchemaCollector,
): object {
  const responses = isObject(operation.responses) ? Object.entries(operation.responses) : [];
  return Object.fromEntries(
    responses.map(([status, reference]) => {
      const response = dereference(document, reference);
      return [
        status,
        isObject(response) ? responseTable(document, `${key} ${status}`, response, schemas) : {},
      ];
    }),
  );
}

function responseTable(
  document: JsonObject,
  place: string,
  { content, headers }: JsonObject,
  schemas: SchemaCollector,
): object {
  const contents = isObject(content) ? Object.entries(content) : [];
  const [type, media] = contents.find(([name]) => /\bjson\b/i.test(name)) ?? contents[0] ?? [];
  const sent = headersTable(document, headers);
  if (type === undefined || !isObject(media)) return sent;
  const named = namedExamples(document, media);
  const example = media.example ?? Object.values(named)[0] ?? sampleSchema(document, media.schema);
  const check =
    media.schema === undefined ? undefined : schemas.add(place, document, media.schema, "response");
  return {
    contentType: type,
    ...(check && { check }),
    ...(example !== undefined && { example }),
    ...(Object.keys(named).length > 0 && { examples: named }),
    ...sent,
  };
}

function namedExamples(document: JsonObject, { examples }: JsonObject): JsonObject {
  if (!isObject(examples)) return {};
  return Object.fromEntries(
    Object.entries(examples).flatMap(([name, reference]): [string, Json][] => {
      const example = dereference(document, reference);
      return isObject(example) && example.value !== undefined ? [[name, example.value]] : [];
    }),
  );
}

function headersTable(document: JsonObject, headers: Json | undefined): object {
  if (!isObject(headers)) return {};
  const sent = Object.entries(headers).flatMap(([name, reference]) => {
    const header = dereference(document, reference);
    if (!isObject(header)) return [];
    const value = header.example ?? sampleSchema(document, header.schema);
    return typeof value === "string" || typeof value === "number"
      ? [[name.toLowerCase(), String(value)]]
      : [];
  });
  return sent.length > 0 ? { headers: Object.fromEntries(sent) } : {};
}
