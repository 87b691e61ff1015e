import { dereference, isObject, type Json, type JsonObject, listOperations } from "../document/document.ts";
import { message } from "../document/message.ts";

/** What of a document the client would do otherwise. */
export interface CallProblems {
  /** What must not be generated: requests would go elsewhere, or say something else than they were given. */
  readonly refused: readonly string[];
  /** What somebody has to know. */
  readonly notes: readonly string[];
}

const wayOut =
  "Teach the client to do so, or correct the document in openapi/corrections.yaml if the API takes the other too.";

/** Compares what a document asks of each call with what the client does, which is the same for all. */
export function checkCalls(document: JsonObject): CallProblems {
  const refused: string[] = [];
  const notes: string[] = [];
  for (const { key, operation, parameters } of listOperations(document)) {
    const { servers } = operation;
    if (servers !== undefined) {
      const urls = (Array.isArray(servers) ? servers : []).filter(isObject).map(({ url }) => url);
      refused.push(
        message`${key} has servers of its own (${urls.join(", ")}), and the client sends every request to one base URL. ${wayOut}`,
      );
    }
    for (const parameter of parameters) {
      const sent = sentOtherwise(document, parameter);
      if (sent !== undefined)
        refused.push(message`${key}: the parameter ${parameter.name} ${sent} ${wayOut}`);
    }
    const body = dereference(document, operation.requestBody);
    const types = Object.keys(isObject(body) && isObject(body.content) ? body.content : {});
    if (types.length === 0 || types.some(isPlainJson)) continue;
    if (types.some((type) => /\+json\s*(;|$)/i.test(type))) {
      refused.push(
        message`${key} takes ${types.join(" or ")}, and the client sends application/json. ${wayOut}`,
      );
    } else {
      notes.push(
        message`${key} takes ${types.join(" or ")}, and the client sends application/json: a call needs a \`bodySerializer\` and a \`content-type\` of its own.`,
      );
    }
  }
  return { refused, notes };
}

function isPlainJson(type: string): boolean {
  return /^(application\/json|application\/\*|\*\/\*)\s*(;|$)/i.test(type);
}

/** How a parameter travels with the client, where the document wants it in another form. */
function sentOtherwise(document: JsonObject, parameter: JsonObject): string | undefined {
  const { in: kind, style, schema, content } = parameter;
  if (kind === "path" && style !== undefined && style !== "simple") {
    return message`is to be written in the style ${style}, and the client writes the style simple.`;
  }
  if (kind !== "query") return undefined;
  if (content !== undefined)
    return "is to be written as a document of its own, and the client writes a plain value.";
  const [isList, isMap] = [
    is(document, schema, "array", "items"),
    is(document, schema, "object", "properties"),
  ];
  const form = style ?? "form";
  if (isList && (form !== "form" || parameter.explode === false)) {
    return message`is a list that is written at once (style ${form}, explode: ${parameter.explode ?? form === "form"}), and the client sends the name with each item.`;
  }
  if (isMap && form !== "deepObject") {
    return message`is an object in the style ${form}, and the client sends the style deepObject.`;
  }
  return undefined;
}

/** Whether a schema describes values of a type, itself or in one of its branches. */
function is(
  document: JsonObject,
  value: Json | undefined,
  type: string,
  keyword: string,
  depth = 0,
): boolean {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return false;
  const branches = [schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return (
    [schema.type].flat().includes(type) ||
    schema[keyword] !== undefined ||
    branches.some((branch) => is(document, branch, type, keyword, depth + 1))
  );
}
