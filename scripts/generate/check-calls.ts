import { environments } from "../../src/wrapper/environment.ts";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  jsonSchema,
  listOperations,
} from "../document/document.ts";
import { schemaMaps } from "../document/layout/keywords.ts";
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
  return {
    refused,
    notes: [...notes, ...hostNotes(document), ...signInNotes(document), ...webhookNotes(document)],
  };
}

/** The servers to which the client sends requests and that the document doesn't have. One without any has its own host. */
function hostNotes(document: JsonObject): string[] {
  const servers = Array.isArray(document.servers) ? document.servers.filter(isObject) : [];
  const urls = servers.length === 0 ? ["/"] : servers.map(({ url }) => String(url));
  const known = urls.map((url) => url.replace(/\/+$/, ""));
  return Object.values(environments)
    .filter(({ baseUrl }) => !known.includes(baseUrl))
    .map(
      ({ baseUrl }) =>
        message`The client sends requests to ${baseUrl}, and the document's servers are ${urls.join(", ")}: change src/wrapper/environment.ts if the live API has moved.`,
    );
}

/** What signing in needs that the client doesn't do: it asks its own token endpoints for a token without a scope. */
function signInNotes(document: JsonObject): string[] {
  const known = Object.values(environments).map(({ tokenUrl }) => tokenUrl);
  const components = isObject(document.components) ? document.components : {};
  const schemes = isObject(components.securitySchemes) ? components.securitySchemes : {};
  const urls = new Map(
    Object.keys(schemes).map((name) => [name, tokenUrlOf(dereference(document, schemes[name]))]),
  );
  const moved = [...urls.values()].filter((url) => url !== undefined && !known.includes(url));
  const isMet = (requirement: Json): boolean =>
    isObject(requirement) &&
    Object.entries(requirement).every(
      ([name, scopes]) => urls.get(name) !== undefined && Array.isArray(scopes) && scopes.length === 0,
    );
  const unmet = listOperations(document).filter(({ operation: { security } }) => {
    return Array.isArray(security) && security.length > 0 && !security.some(isMet);
  });
  return [
    ...moved.map(
      (url) =>
        message`The document signs in at ${url}, and the client at ${known.join(" or ")}: change src/wrapper/environment.ts if the live API does.`,
    ),
    ...unmet.map(
      ({ key, operation }) =>
        message`${key} needs ${JSON.stringify(operation.security)}, and the client signs in with a token without scopes and nothing else.`,
    ),
  ];
}

function tokenUrlOf(scheme: Json | undefined): string | undefined {
  const flows = isObject(scheme) && scheme.type === "oauth2" && isObject(scheme.flows) ? scheme.flows : {};
  const { clientCredentials } = flows;
  return isObject(clientCredentials) ? String(clientCredentials.tokenUrl) : undefined;
}

/** Events that `verifyWebhook` refuses, since they are about no order. */
function webhookNotes(document: JsonObject): string[] {
  const webhooks = isObject(document.webhooks) ? document.webhooks : {};
  return Object.entries(webhooks).flatMap(([name, reference]) => {
    const item = dereference(document, reference);
    const post = isObject(item) && isObject(item.post) ? item.post : {};
    const schema = jsonSchema(document, post.requestBody);
    const hasOrder = branchesOf(document, schema).some(
      ({ properties }) => isObject(properties) && Object.hasOwn(properties, "order"),
    );
    if (schema === undefined || hasOrder) return [];
    return [
      message`The webhook ${name} is about no \`order\`, and \`verifyWebhook\` refuses it, so that \`webhookHandler\` responds with 400: teach it to src/webhooks/.`,
    ];
  });
}

function isPlainJson(type: string): boolean {
  return /^(application\/json|application\/\*|\*\/\*)\s*(;|$)/i.test(type);
}

/** How a parameter travels with the client, where the document wants it in another form. */
function sentOtherwise(document: JsonObject, parameter: JsonObject): string | undefined {
  const { in: kind, style, schema, content } = parameter;
  if (kind === "cookie") return "is a cookie, and the client sends none.";
  if (content !== undefined)
    return "is to be written as a document of its own, and the client writes a plain value.";
  if (kind === "path" && style !== undefined && style !== "simple") {
    return message`is to be written in the style ${style}, and the client writes the style simple.`;
  }
  const [isList, isMap] = [isOf(document, schema, "array"), isOf(document, schema, "object")];
  if (isMap && kind !== "query") return message`is an object, and the client sends none in a ${kind}.`;
  if (isList && kind === "path") return "is a list, and the client sends none in a path.";
  if (holdsMore(document, schema))
    return "is a list or an object of lists or objects, and the client sends plain values alone in either.";
  if (kind !== "query") return undefined;
  const form = style ?? "form";
  if (isList && (form !== "form" || parameter.explode === false)) {
    return message`is a list that is written at once (style ${form}, explode: ${parameter.explode ?? form === "form"}), and the client sends the name with each item.`;
  }
  if (isMap && form !== "deepObject") {
    return message`is an object in the style ${form}, and the client sends the style deepObject.`;
  }
  return undefined;
}

/** The keywords that say what is in a list or an object. */
const inside = {
  array: ["items", "prefixItems", "contains", "unevaluatedItems"],
  object: ["properties", "additionalProperties", "patternProperties", "unevaluatedProperties"],
};

/** Whether a schema, or one of its branches, describes values of a type, by its name or by what it says is in them. */
function isOf(document: JsonObject, value: Json | undefined, type: "array" | "object"): boolean {
  return branchesOf(document, value).some(
    (schema) =>
      [schema.type].flat().includes(type) || inside[type].some((keyword) => schema[keyword] !== undefined),
  );
}

/** Whether a list or an object has lists or objects in it. */
function holdsMore(document: JsonObject, value: Json | undefined): boolean {
  const parts = branchesOf(document, value).flatMap((schema) =>
    [...inside.array, ...inside.object].flatMap((keyword) => {
      const part = schema[keyword] ?? [];
      return schemaMaps.has(keyword) && isObject(part) ? Object.values(part) : [part].flat();
    }),
  );
  return parts.some((part) => isOf(document, part, "array") || isOf(document, part, "object"));
}

function branchesOf(document: JsonObject, value: Json | undefined, depth = 0): JsonObject[] {
  const schema = dereference(document, value);
  if (!isObject(schema) || depth > 20) return [];
  const { allOf, anyOf, oneOf, then, else: otherwise } = schema;
  const branches = [allOf, anyOf, oneOf, then, otherwise].flatMap((part) => part ?? []);
  return [schema, ...branches.flatMap((branch) => branchesOf(document, branch, depth + 1))];
}
