import { readFile } from "node:fs/promises";
import { sample } from "openapi-sampler";
import {
  dereference,
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  type Operation,
  parseDocument,
} from "../document/document.ts";
import { type Discrepancy, readRegister } from "../document/register.ts";
import { codeSamplesOf } from "./code-samples.ts";
import { curlSample } from "./curl-sample.ts";
import { discrepancyLink, fieldList, inferred, parameterItem } from "./fields.ts";
import { discrepanciesOf, markedDocument } from "./marked-document.ts";
import { discrepanciesPage, overviewPage, serversOf } from "./operation-lists.ts";
import { type SitePage, slugOf } from "./pages.ts";
import { signInCurl, signInNotes, signInSample, webhookSample } from "./sign-in.ts";
import { vendorCode, vendorLine, vendorText } from "./vendor-text.ts";

/** The documents that the pages are written from. */
export interface ApiDocuments {
  readonly corrected: JsonObject;
  readonly wire: JsonObject;
  readonly auth: JsonObject;
  readonly corrections: JsonObject;
}

/** Reads the documents of `openapi/`. */
export async function readApiDocuments(): Promise<ApiDocuments> {
  const read = async (name: string): Promise<JsonObject> => {
    const path = `openapi/${name}.yaml`;
    return parseDocument(await readFile(path, "utf8"), path);
  };
  const [corrected, wire, auth, corrections] = await Promise.all(
    ["corrected", "wire", "auth", "corrections"].map(read),
  );
  if (!corrected || !wire || !auth || !corrections) throw new Error("openapi/ is not complete.");
  return { corrected, wire, auth, corrections };
}

interface Sample {
  readonly title: string;
  readonly language: string;
  readonly source: string;
}

/** What is shown of an operation beside its place in a document. */
interface Shown {
  /** The page's title and file, where they aren't the operation's. */
  readonly title?: string;
  readonly address: string;
  readonly samples: readonly Sample[];
  /** Paragraphs of ours after the description, and before the responses. */
  readonly notes?: string;
  readonly errors?: string;
}

/** A page for each operation, for signing in and for each webhook, an overview, and the register of discrepancies. */
export async function operationPages(documents: ApiDocuments): Promise<SitePage[]> {
  const { wire, auth, corrections } = documents;
  const register = new Map(
    readRegister(corrections, "openapi/corrections.yaml").map((entry) => [entry.id, entry]),
  );
  const document = await markedDocument(documents.corrected, corrections);
  const pages = listOperations(document).map((operation) =>
    operationPage(document, register, operation, {
      address: `${operation.method.toUpperCase()} ${operation.path}`,
      errors: "For every other status, [unwrap](../typescript/errors.md#unwrap) throws a typed error.",
      samples: [
        ...codeSamplesOf(documents.corrected, operation).map(({ label, source }) => ({
          title: label === "any call" ? "TypeScript" : `TypeScript: ${label}`,
          language: "ts",
          source,
        })),
        {
          title: "curl",
          language: "sh",
          source: `${curlSample(wire, operation, serversOf(document)[0] ?? "")}\n`,
        },
      ],
    }),
  );
  const signIn = listOperations(auth).map((operation) =>
    operationPage(auth, register, operation, {
      address: `${operation.method.toUpperCase()} ${serversOf(auth)[0]}${operation.path}`,
      title: "Sign in",
      notes: signInNotes,
      samples: [
        { title: "TypeScript", language: "ts", source: signInSample },
        { title: "curl", language: "sh", source: signInCurl(`${serversOf(auth)[0]}${operation.path}`) },
      ],
    }),
  );
  const webhooks = listOperations({
    paths: document.webhooks ?? {},
    components: document.components ?? {},
  }).map((operation) =>
    operationPage(
      document,
      register,
      { ...operation, operation: { ...operation.operation, tags: ["Webhooks"] } },
      {
        address: `${operation.method.toUpperCase()} your webhookUrl`,
        samples: [{ title: "TypeScript", language: "ts", source: webhookSample }],
      },
    ),
  );
  const all = [...signIn, ...pages, ...webhooks];
  return [overviewPage(document, auth, all), ...all, discrepanciesPage(document, register, pages)];
}

function operationPage(
  document: JsonObject,
  register: ReadonlyMap<string, Discrepancy>,
  { operation, parameters, path }: Operation,
  { title: shownTitle, address, samples, notes, errors }: Shown,
): SitePage {
  const id = String(operation.operationId ?? path);
  const title = shownTitle ?? String(operation.summary ?? id).replace(/\s+/g, " ");
  const described = typeof operation.description === "string" ? vendorText(operation.description) : "";
  const ids = discrepanciesOf(document, operation);
  const body = dereference(document, operation.requestBody);
  const blocks = [
    `# ${vendorLine(title)}`,
    `\`\`\`http\n${address}\n\`\`\``,
    described,
    ...(operation["x-provenance"] === "inferred" ? [`${inferred}.`] : []),
    ...(notes === undefined ? [] : [notes]),
    ...samples.flatMap((sample) => [
      `## ${sample.title}`,
      `\`\`\`${sample.language}\n${sample.source}\`\`\``,
    ]),
    ...["path", "query", "header"].flatMap((place) => {
      const items = parameters.filter((parameter) => parameter.in === place);
      if (items.length === 0) return [];
      const heading = `## ${place[0]?.toUpperCase()}${place.slice(1)} parameters`;
      return [heading, items.map((parameter) => parameterItem(document, parameter)).join("\n")];
    }),
    ...(isObject(body) ? ["## Request body", ...contentOf(document, body, true)] : []),
    "## Responses",
    ...(errors === undefined ? [] : [errors]),
    ...responsesOf(document, operation.responses),
    ...(ids.length === 0 ? [] : ["## What the vendor says in two ways", discrepancyList(register, ids)]),
  ];
  const tag = Array.isArray(operation.tags) ? String(operation.tags[0] ?? "") : "";
  return {
    path: `operations/${fileNameOf(shownTitle ?? id)}.md`,
    section: "Operations",
    ...(tag === "" ? {} : { group: tag }),
    title,
    text: `${blocks.filter((block) => block !== "").join("\n\n")}\n`,
  };
}

/** `createOrder` → `create-order`. */
function fileNameOf(name: string): string {
  return slugOf(name.replace(/(?<=[a-z])[A-Z]/g, "-$&"));
}

function responsesOf(document: JsonObject, responses: Json | undefined): string[] {
  return Object.entries(isObject(responses) ? responses : {}).flatMap(([status, reference]) => {
    const response = dereference(document, reference);
    if (!isObject(response)) return [];
    const words = typeof response.description === "string" ? vendorText(response.description) : "";
    const mark = response["x-provenance"] === "inferred" ? ` ${inferred}.` : "";
    return [`### ${vendorLine(status)}`, `${words}${mark}`, ...contentOf(document, response, false)];
  });
}

/** The fields of a body, and how it is encoded where that isn't JSON. */
function contentOf(document: JsonObject, holder: JsonObject, isRequest: boolean): string[] {
  return Object.entries(isObject(holder.content) ? holder.content : {}).flatMap(([type, media]) => {
    if (!isObject(media) || !isObject(media.schema)) return [];
    const target = dereference(document, media.schema);
    const encoding = type === "application/json" ? [] : [`Encoded as ${vendorCode(type)}.`];
    const list = isObject(target) && target.items !== undefined ? ["A list of:"] : [];
    const fields = fieldList(document, media.schema, { isRequest });
    return [...encoding, ...list, fields, ...(isRequest ? [] : exampleOf(document, media.schema))];
  });
}

/** A body as this client returns it, with the document's examples. A request has one in its samples. */
function exampleOf(document: JsonObject, schema: JsonObject): string[] {
  const example: unknown = sample(schema, { skipWriteOnly: true }, document);
  return isObject(example) || Array.isArray(example)
    ? [`\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``]
    : [];
}

function discrepancyList(register: ReadonlyMap<string, Discrepancy>, ids: readonly string[]): string {
  return ids
    .map((id) => {
      const entry = register.get(id);
      if (entry === undefined) throw new Error(`openapi/corrections.yaml has no entry ${id}.`);
      return `- ${discrepancyLink(id)}: ${entry.vendor}. You see: ${entry.users}.`;
    })
    .join("\n");
}
