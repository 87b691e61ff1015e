import {
  isObject,
  type Json,
  type JsonObject,
  listOperations,
  resolvePointer,
  visitObjects,
} from "../document/document.ts";
import { type Discrepancy, readRegister } from "../document/register.ts";
import { codeSamplesOf } from "./code-samples.ts";

/** Where the table of corrections stands, seen from the API reference. */
const correctionsAddress = "../index.html";

/**
 * The corrected document as the API reference shows it: corrected places say so and link to the table of
 * corrections, operations carry a badge for each correction that they meet and code samples of this client.
 */
export function documentForReference(corrected: JsonObject, overlay: JsonObject): JsonObject {
  const document = structuredClone(corrected);
  const entries = new Map(
    readRegister(overlay, "openapi/corrections.yaml").map((entry) => [entry.id, entry]),
  );
  const operations = listOperations(corrected);
  visitObjects(document, (object) => {
    const id = object["x-discrepancy"];
    if (typeof id !== "string") return;
    object.description = [object.description, noteOf(id, object, entries.get(id))]
      .filter(Boolean)
      .join("\n\n");
  });
  for (const original of operations) {
    const operation = listOperations(document).find(({ key }) => key === original.key)?.operation;
    if (operation === undefined) continue;
    const ids = correctionsOf(corrected, original.operation);
    operation["x-codeSamples"] = codeSamplesOf(corrected, original).map((sample) => ({ ...sample }));
    if (ids.length === 0) continue;
    operation["x-badges"] = ids.map((id) => ({ name: id, position: "after", color: "var(--site-badge)" }));
    operation.description = `${operation.description ?? ""}\n\nCorrected here: ${ids.map(linkTo).join(", ")}.`;
  }
  return document;
}

function noteOf(id: string, place: JsonObject, entry: Discrepancy | undefined): string {
  if (entry === undefined) throw new Error(`openapi/corrections.yaml has no entry ${id}.`);
  return [`**Corrected, ${linkTo(id)}.** ${entry.source}`, ...wireSentences(place)].join(" ");
}

/** How a corrected place is spelled on the wire. */
function wireSentences({ "x-wire-name": wireName, "x-wire-values": wireValues }: JsonObject): string[] {
  const values = isObject(wireValues) ? Object.entries(wireValues) : [];
  return [
    ...(typeof wireName === "string" ? [`It is sent and received as \`${wireName}\`.`] : []),
    ...values.map(([value, wireValue]) => `\`${value}\` is sent and received as \`${wireValue}\`.`),
  ];
}

function linkTo(id: string): string {
  return `[${id}](${correctionsAddress}#${id.toLowerCase()})`;
}

/** The corrections in all that an operation sends and gets back, its references followed. */
function correctionsOf(document: JsonObject, operation: JsonObject): string[] {
  const ids = new Set<string>();
  const visited = new Set<string>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    if (typeof value["x-discrepancy"] === "string") ids.add(value["x-discrepancy"]);
    if (typeof value.$ref === "string" && !visited.has(value.$ref)) {
      visited.add(value.$ref);
      visit(resolve(document, value.$ref));
    }
    Object.values(value).forEach(visit);
  };
  visit(operation);
  return [...ids].sort();
}

function resolve(document: JsonObject, reference: string): Json {
  const target = resolvePointer(document, reference);
  if (target === undefined) throw new Error(`${reference} leads nowhere.`);
  return target;
}
