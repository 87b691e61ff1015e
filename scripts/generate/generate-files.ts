import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { checkDocument } from "../document/check-document.ts";
import {
  GenerationError,
  isObject,
  type JsonObject,
  parseDocument,
  resolvePointer,
} from "../document/document.ts";
import type { Conflict } from "../document/layout/described-shapes.ts";
import { inOrderOf } from "../document/layout/in-order-of.ts";
import { type LaidOut, layOut } from "../document/layout/lay-out.ts";
import { noShapes, readShapes, type Shapes } from "../document/layout/shapes.ts";
import { applyOverlay, readOverlay } from "../document/overlay.ts";
import { type Discrepancy, readRegister } from "../document/register.ts";
import { errorCodesPage, errorCodesPath } from "../messages/error-codes.ts";
import { checkCalls } from "./check-calls.ts";
import { collectFieldNames } from "./field-names.ts";
import { mockSource } from "./mock/mock-source.ts";
import { collectPagination } from "./pagination.ts";
import { classify } from "./privacy/classify.ts";
import { privacySource } from "./privacy/privacy-table.ts";
import { type Privacy, privacyPath, readPrivacy } from "./privacy/read-privacy.ts";
import { readmePath, withRegister } from "./register-table.ts";
import { reservedNames } from "./reserved-names.ts";
import { schemaSource } from "./schema/schema-source.ts";
import {
  correctedSource,
  correctionsSource,
  fieldNamesSource,
  notice,
  paginationSource,
  versionSource,
  wireSource,
} from "./sources.ts";
import { translateExamples } from "./translate-examples.ts";
import { collectCorrections } from "./wire-marks/collect-corrections.ts";

export const publishedPath = "openapi/published/index.yaml";
export const correctionsPath = "openapi/corrections.yaml";
export const wirePath = "openapi/wire.yaml";
export const correctedPath = "openapi/corrected.yaml";

/** Everything that the generation reads, beside the published document and its corrections. */
export interface Layout {
  readonly shapes: Shapes;
  readonly webhooks: JsonObject | undefined;
  readonly reserved: ReadonlySet<string>;
  /** The document of the token endpoint. */
  readonly auth: JsonObject | undefined;
  /** What each string of the document says about a person. Undefined in a project that doesn't say. */
  readonly privacy?: Privacy | undefined;
  /** The README, which holds the table of the discrepancies. */
  readonly readme: string | undefined;
  /** The package's version, which every request names. */
  readonly version: string | undefined;
  /** The wire document as it is, whose order is kept. */
  readonly wire: JsonObject | undefined;
}

/** What follows from a document: relative path → text, and what somebody may want to know of its layout. */
export interface Generated {
  readonly files: ReadonlyMap<string, string>;
  readonly laidOut: LaidOut;
  readonly corrected: JsonObject;
  readonly register: readonly Discrepancy[];
  /** What somebody has to know of what is generated, each a sentence. */
  readonly notes: readonly string[];
}

/** Everything that follows from the published document and its corrections. */
export async function generateFiles(root: string): Promise<Generated> {
  const [published, corrections] = [await read(root, publishedPath), await read(root, correctionsPath)];
  const generated = await generateFrom(published, corrections, await readLayout(root));
  const codes = await errorCodesPage(root);
  if (codes === undefined) return generated;
  return { ...generated, files: new Map([...generated.files, [errorCodesPath, codes]]) };
}

/** The same, from the texts of the two. */
export async function generateFrom(
  publishedText: string,
  correctionsText: string,
  layout: Layout,
): Promise<Generated> {
  const laidOut = layOutWire(publishedText, layout);
  const overlay = parseDocument(correctionsText, correctionsPath);
  const register = readRegister(overlay, correctionsPath);
  const applied = await applyOverlay(laidOut.wire, readOverlay(overlay, correctionsPath));
  const corrected = translateExamples(applied);
  refuseConflicts(laidOut, applied);
  checkDocument(corrected, "the corrected document");
  const calls = checkCalls(corrected);
  if (calls.refused.length > 0) throw new GenerationError(calls.refused);
  const correctedText = correctedSource(corrected);
  const pagination = collectPagination(corrected);
  const table = privacyOf(corrected, layout);
  const files = new Map<string, string>([
    [wirePath, wireSource(laidOut.wire)],
    [correctedPath, correctedText],
    ...(table?.files ?? []),
    ["src/generated/schema.ts", await schemaSource(correctedText)],
    ["src/generated/corrections.ts", correctionsSource(collectCorrections(corrected))],
    ["src/generated/field-names.ts", fieldNamesSource(collectFieldNames(corrected))],
    ["src/generated/pagination.ts", paginationSource(pagination)],
    [
      "src/generated/mock-documents.ts",
      await mockSource(notice, { api: laidOut.wire, auth: layout.auth ?? {} }),
    ],
  ]);
  if (layout.version !== undefined) files.set("src/generated/version.ts", versionSource(layout.version));
  if (layout.readme !== undefined) files.set(readmePath, withRegister(layout.readme, register));
  return {
    files,
    laidOut,
    corrected,
    register,
    notes: [...calls.notes, ...pagination.notes, ...(table?.notes ?? [])],
  };
}

/** The corrected document with the class of each string, and the table of the classes. Undefined without classes. */
function privacyOf(
  corrected: JsonObject,
  { privacy, auth }: Layout,
): { files: [path: string, text: string][]; notes: readonly string[] } | undefined {
  if (privacy === undefined) return undefined;
  const [marked, signIn] = structuredClone([corrected, auth ?? {}]) as [JsonObject, JsonObject];
  const table = classify([marked, signIn], privacy);
  return {
    files: [
      [correctedPath, correctedSource(marked)],
      ["src/generated/privacy.ts", privacySource(notice, table)],
    ],
    notes: table.notes,
  };
}

/** The published document in our layout. `name` is what messages call it. */
export function layOutWire(
  publishedText: string,
  { shapes, webhooks, reserved, wire }: Layout,
  name = publishedPath,
): LaidOut {
  const published = parseDocument(publishedText, name);
  checkDocument(published, name);
  const laidOut = layOut(published, { shapes, webhooks, reserved });
  return { ...laidOut, wire: inOrderOf(wire, laidOut.wire) as JsonObject }; // The order of an object makes an object.
}

/** Everything beside the document that says how it is laid out. A project without shapes keeps the vendor's names. */
export async function readLayout(root: string): Promise<Layout> {
  const shapes = await readOptional(root, "openapi/shapes.yaml");
  return {
    shapes: shapes === undefined ? noShapes : readShapes(shapes, "openapi/shapes.yaml"),
    webhooks: await readOptional(root, "openapi/webhooks.yaml"),
    reserved: await reservedNames(root),
    auth: await readOptional(root, "openapi/auth.yaml"),
    privacy: await readOptional(root, privacyPath).then((document) => document && readPrivacy(document)),
    readme: await readFile(join(root, readmePath), "utf8").catch(() => undefined),
    version: await readVersion(root),
    wire: await readOptional(root, wirePath),
  };
}

/** Requests can't be sent in two ways: what differs has to be corrected, or to get a second name. */
function refuseConflicts({ conflicts, wire }: LaidOut, corrected: JsonObject): void {
  const open = conflicts.filter((conflict) => !isSettled(conflict, wire, corrected));
  if (open.length === 0) return;
  throw new GenerationError(
    open.map(
      ({ text }) =>
        `${text}. A request can't be sent in two ways: give one of these places a name of its own in ` +
        "openapi/shapes.yaml, or correct the difference in openapi/corrections.yaml.",
    ),
  );
}

/** Whether a correction has changed what differs. Of an enum, what it says of other values settles nothing. */
function isSettled(
  { pointer, keyword, values = [] }: Conflict,
  wire: JsonObject,
  corrected: JsonObject,
): boolean {
  const [before, after] = [resolvePointer(wire, pointer), resolvePointer(corrected, pointer)];
  if (keyword === undefined || !isObject(before) || !isObject(after))
    return !isDeepStrictEqual(before, after);
  const known = after[keyword];
  if (values.length > 0 && Array.isArray(known)) return !values.some((value) => known.includes(value));
  return !isDeepStrictEqual(before[keyword], known);
}

async function read(root: string, path: string): Promise<string> {
  try {
    return await readFile(join(root, path), "utf8");
  } catch (cause) {
    throw new GenerationError([`${path} can't be read: ${cause instanceof Error ? cause.message : cause}`]);
  }
}

/** Undefined in a folder that is no package. */
async function readVersion(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, "package.json"), "utf8").catch(() => "{}");
  const { version } = JSON.parse(text) as { version?: string };
  return version;
}

/** A document of the project, or undefined if it isn't there. */
export async function readOptional(root: string, path: string): Promise<JsonObject | undefined> {
  const text = await readFile(join(root, path), "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseDocument(text, path);
}
