import { sample } from "openapi-sampler";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  type Operation,
} from "../document/document.ts";
import { collectPagination } from "../generate/pagination.ts";

/** One code sample of an operation. */
export type CodeSample = { readonly label: string; readonly source: string };

const longestLine = 72;

/**
 * How the operation is called with this client. Parameters and body are the examples of the document, in the
 * spelling that the user of the client writes.
 */
export function codeSamplesOf(document: JsonObject, operation: Operation): CodeSample[] {
  const call = { label: "any call", source: callSource(document, operation) };
  // An order and a list deserve the functions that place it once and read all of it.
  if (operation.key === "POST /orders") {
    return [{ label: "submitOrder", source: submitOrderSource(document, operation) }, call];
  }
  const items = listOf(document, operation);
  if (items === undefined) return [call];
  return [{ label: "paginate", source: paginateSource(operation, items) }, call];
}

/** The property of a list's page that holds its items; undefined for other operations. */
function listOf(document: JsonObject, { method, path }: Operation): string | undefined {
  return method === "get" ? collectPagination(document).paths[path] : undefined;
}

function paginateSource(operation: Operation, items: string): string {
  const item = items.replace(/s$/, "");
  return `import { createFulfillmentClient, fromEnv, paginate } from "juniper-fulfillment";

const client = createFulfillmentClient(fromEnv());
const ${items} = paginate(client, ${JSON.stringify(operation.path)}, ${literal(paramsOf(operation), 0)});
for await (const ${item} of ${items}) console.log(${item}.id);
`;
}

function callSource(document: JsonObject, operation: Operation): string {
  const init = literal({ ...paramsOf(operation), ...bodyOf(document, operation) }, 2);
  const address = `client.${operation.method.toUpperCase()}(${JSON.stringify(operation.path)}`;
  const call = init === "{}" ? `${address})` : `${address}, ${init})`;
  const { name, use } = resultOf(document, operation);
  const line = `const ${name} = unwrap(await ${call});`;
  const split = `const ${name} = unwrap(\n  await ${call},\n);`;
  const isShort = !line.includes("\n") && line.length <= longestLine;
  return `import { createFulfillmentClient, fromEnv, unwrap } from "juniper-fulfillment";

const client = createFulfillmentClient(fromEnv());
${isShort ? line : split}
${use}`;
}

function submitOrderSource(document: JsonObject, operation: Operation): string {
  const { body } = bodyOf(document, operation);
  return `import {
  createFulfillmentClient,
  fromEnv,
  type OrderRequest,
  submitOrder,
} from "juniper-fulfillment";

const client = createFulfillmentClient(fromEnv());
const order: OrderRequest = ${literal(body ?? {}, 0)};
const { outcome, order: stored } = await submitOrder(client, order, {
  reference: "2026-000123",
});
console.log(outcome, stored.id);
`;
}

/** The parameters of an operation by where they stand, with the document's examples. */
export function paramsOf({ parameters }: Operation): JsonObject {
  const params: Record<string, JsonObject> = {};
  for (const parameter of parameters) {
    const value = exampleOf(parameter);
    if (value === undefined) continue;
    const place = String(parameter.in);
    params[place] = { ...params[place], [String(parameter.name)]: value };
  }
  return Object.keys(params).length === 0 ? {} : { params };
}

/** An example of a parameter; none for those that continue a list, which a first call leaves out. */
function exampleOf({ name, example, schema }: JsonObject): Json | undefined {
  if (name === "cursor" || name === "direction") return undefined;
  if (example !== undefined) return example;
  const { enum: values, maximum } = isObject(schema) ? schema : {};
  return Array.isArray(values) ? values[0] : maximum;
}

/** The body of an operation, as an example. */
export function bodyOf(document: JsonObject, { operation }: Operation): JsonObject {
  const schema = jsonSchema(document, operation.requestBody);
  if (schema === undefined) return {};
  return { body: sample(schema, { skipReadOnly: true }, document) as Json };
}

/** What to call the result, and what to do with it: something that belongs in a log, or nothing. */
function resultOf(
  document: JsonObject,
  operation: Operation,
): { readonly name: string; readonly use: string } {
  const { responses } = operation.operation;
  const success = Object.entries(isObject(responses) ? responses : {}).find(([status]) => /^2/.test(status));
  const schema = jsonSchema(document, success?.[1]);
  const items = listOf(document, operation);
  if (items !== undefined) {
    const item = items.replace(/s$/, "");
    return {
      name: `{ ${items} = [] }`,
      use: `for (const ${item} of ${items}) console.log(${item}.id);\n`,
    };
  }
  const target = isObject(schema?.items) ? schema.items : schema;
  const name = nameOf(target);
  const property = ["id", "name", "message"].find((candidate) =>
    propertiesOf(document, target).has(candidate),
  );
  if (isObject(schema?.items)) {
    return { name: `${name}s`, use: `for (const ${name} of ${name}s) console.log(${name}.${property});\n` };
  }
  return { name, use: property === undefined ? "" : `console.log(${name}.${property});\n` };
}

/** `#/components/schemas/OrderList` → `orderList`. */
function nameOf(schema: JsonObject | undefined): string {
  const name = typeof schema?.$ref === "string" ? (schema.$ref.split("/").at(-1) ?? "") : "";
  return name === "" ? "result" : `${name[0]?.toLowerCase()}${name.slice(1)}`;
}

function propertiesOf(document: JsonObject, schema: Json | undefined): Set<string> {
  const target = dereference(document, schema);
  if (!isObject(target)) return new Set();
  const branches = Array.isArray(target.allOf) ? target.allOf : [];
  const own = isObject(target.properties) ? Object.keys(target.properties) : [];
  return new Set([...own, ...branches.flatMap((branch) => [...propertiesOf(document, branch)])]);
}

/** A value as one would write it in TypeScript, on one line where it fits. */
function literal(value: Json, indent: number): string {
  const line = inline(value);
  if (indent + line.length <= longestLine - 20 || typeof value !== "object" || value === null) return line;
  const pad = " ".repeat(indent + 2);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const lines = Array.isArray(value)
    ? value.map((item) => `${pad}${literal(item, indent + 2)},`)
    : Object.entries(value).map(([key, item]) => `${pad}${keyOf(key)}: ${literal(item, indent + 2)},`);
  return `${open}\n${lines.join("\n")}\n${" ".repeat(indent)}${close}`;
}

function inline(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${keyOf(key)}: ${inline(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
