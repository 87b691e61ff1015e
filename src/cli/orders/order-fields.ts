import { dereference, isObject, type Json, type JsonObject } from "../document/document.ts";

/** A field of an order's request that holds a value. `[]` in its path stands for any position in a list. */
export interface OrderField {
  readonly path: string;
  readonly type: string;
  /** Whether every order must have it, or every item of a list that is there. */
  readonly isRequired: boolean;
}

/** The fields of the request of an order, by their paths: `customer.address.city`, `lineItems[].productId`. */
export function listOrderFields(document: JsonObject): ReadonlyMap<string, OrderField> {
  const fields = new Map<string, OrderField>();
  const walk = (reference: Json | undefined, path: string, isRequired: boolean): void => {
    const schema = dereference(document, reference);
    if (!isObject(schema)) return;
    if (isObject(schema.properties)) {
      const required = Array.isArray(schema.required) ? schema.required : [];
      for (const [name, child] of Object.entries(schema.properties)) {
        walk(child, path === "" ? name : `${path}.${name}`, isRequired && required.includes(name));
      }
    } else if (schema.items !== undefined) walk(schema.items, `${path}[]`, isRequired);
    else fields.set(path, { path, type: String(schema.type), isRequired });
  };
  walk({ $ref: "#/components/schemas/OrderRequest" }, "", true);
  return fields;
}
