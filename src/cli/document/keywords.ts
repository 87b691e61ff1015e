/** Keywords whose values are data, in which a `$ref` or an `x-wire-*` means nothing. */
export const dataKeywords: ReadonlySet<string> = new Set<string>([
  "example",
  "examples",
  "default",
  "enum",
  "const",
  "value",
]);

/** Keywords whose values map free names to schemas or other objects, so the keys aren't keywords. */
export const nameMaps: ReadonlySet<string> = new Set<string>([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "schemas",
  "responses",
  "parameters",
  "requestBodies",
  "headers",
  "paths",
  "webhooks",
  "callbacks",
  "content",
  "links",
  "securitySchemes",
  "pathItems",
]);
