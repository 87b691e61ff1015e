import { isObject, type JsonObject, listOperations, type Operation } from "../document/document.ts";
import { bodyOf, paramsOf } from "./code-samples.ts";

/**
 * How an operation is called without this client. `wire` is the document that the API speaks, since curl sends the
 * vendor's own spelling.
 */
export function curlSample(wire: JsonObject, { key, path, method }: Operation, server: string): string {
  const operation = listOperations(wire).find((candidate) => candidate.key === key);
  if (operation === undefined) throw new Error(`openapi/wire.yaml has no ${key}.`);
  const { params } = paramsOf(operation);
  const values = (place: string): [string, unknown][] =>
    Object.entries(isObject(params) && isObject(params[place]) ? params[place] : {});
  const names = new Map(values("path"));
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(`${names.get(name)}`));
  const query = new URLSearchParams(values("query").map(([name, value]) => [name, `${value}`]));
  const { body } = bodyOf(wire, operation);
  return [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${quoted(`${server}${filled}${query.size === 0 ? "" : `?${query}`}`)}`,
    '-H "Authorization: Bearer $JUNIPER_ACCESS_TOKEN"',
    ...(body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`]),
  ].join(" \\\n  ");
}

/** A string for a shell, in which nothing of it means anything. */
function quoted(words: string): string {
  return `'${words.replaceAll("'", "'\\''")}'`;
}
