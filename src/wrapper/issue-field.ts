import { nodes, operations } from "../generated/corrections.ts";
import { fieldNames } from "../generated/field-names.ts";
import type { Issue } from "./error-body.ts";

/** Which call an issue belongs to. */
interface Call {
  readonly method: string;
  readonly path: string;
}

/** Where in a request an issue may say that it lies; the rest of it is the field. */
const places = new Set<unknown>(["body", "query", "path", "header"]);

/** The field that an issue names, in the user's spelling: `customer.address.zipCode`, `lineItems[1].productId`. */
export function fieldOf(
  { method, path }: Call,
  { loc }: Issue,
  isAllowed: (name: string) => boolean = () => true,
): string {
  let node = loc[0] === "body" ? operations[`${method} ${path}`]?.request : undefined;
  let field = "";
  for (const part of places.has(loc[0]) ? loc.slice(1) : loc) {
    const place = node === undefined ? undefined : nodes[node];
    if (/^\d+$/.test(String(part))) {
      if (!isAllowed(String(part))) break;
      field += `[${part}]`;
      node = place?.items;
      continue;
    }
    const renamed = Object.entries(place?.renames ?? {}).find(([, { wireName }]) => wireName === part);
    const name = renamed?.[0] ?? String(part);
    if (!isAllowed(name)) break;
    field += field === "" ? name : `.${name}`;
    node = place?.properties?.[name];
  }
  return field;
}

/** Longer ones could be a ZIP code or a telephone number. */
const isIndex = (name: string): boolean => /^\d{1,3}$/.test(name);

/**
 * The field that each issue names, empty where the document doesn't know it: the API may quote what was sent, and a
 * message must not.
 */
export function knownFields(call: Call, issues: readonly Issue[]): string[] {
  const known = new Set(fieldNames.split(" "));
  const fields = issues.map((issue) => fieldOf(call, issue, (name) => known.has(name) || isIndex(name)));
  return fields.map((field) => (/[^[\]\d]/.test(field) ? field : ""));
}
