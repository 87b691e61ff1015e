import { type SensitiveClass, sensitiveFields } from "../../generated/privacy.ts";

/** Field → class, with the fields that are sensitive below some properties alone. */
interface Fields {
  readonly anywhere: ReadonlyMap<string, string>;
  readonly below: ReadonlyMap<string, string>;
  /** The same without the property above, for an object of which it isn't known. */
  readonly atRoot: ReadonlyMap<string, string>;
}

/** A name without what its spellings differ in, such as `clientsecret` of `JUNIPER_CLIENT_SECRET`. */
export const normalized = (name: string): string => name.toLowerCase().replace(/^juniper|[^a-z\d]/g, "");

let fields: Fields | undefined;

/**
 * What a field says about a person, from the document. Undefined for one that says nothing.
 *
 * @param parent The property below which its object stands, in a list too. Undefined when that isn't known: the field is
 * then taken for the worst that it can be.
 */
export function classOf(name: string, parent: string | undefined): SensitiveClass | undefined {
  fields ??= readFields();
  const { anywhere, below, atRoot } = fields;
  const key = normalized(name);
  const found =
    anywhere.get(key) ?? (parent === undefined ? atRoot.get(key) : below.get(`${normalized(parent)}.${key}`));
  return found as SensitiveClass | undefined;
}

function readFields(): Fields {
  const anywhere = new Map<string, string>();
  const below = new Map<string, string>();
  const atRoot = new Map<string, string>();
  for (const [sensitivity, names] of Object.entries(sensitiveFields)) {
    for (const name of names.split(" ")) {
      const [first = "", field] = name.split(".").map(normalized);
      if (field === undefined) anywhere.set(first, sensitivity);
      else below.set(`${first}.${field}`, sensitivity);
      if (field !== undefined) atRoot.set(field, sensitivity);
    }
  }
  return { anywhere, below, atRoot };
}
