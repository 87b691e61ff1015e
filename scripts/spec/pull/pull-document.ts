import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseDocument } from "../../document/document.ts";
import { readOverlay } from "../../document/overlay.ts";
import { readRegister } from "../../document/register.ts";
import { correctionsPath, layOutWire, publishedPath, readLayout } from "../../generate/generate-files.ts";
import { followSpellings } from "../../generate/usages/follow-spellings.ts";
import { bundleDocument } from "../bundle-document.ts";
import { decode, type Fetched, type FetchLimits, fetchDocument, locate, shown } from "../fetch-document.ts";
import { parseOpenApi, refuseAnotherApi } from "../recognise.ts";
import { changesetFor } from "./changeset.ts";
import { judgeCorrections } from "./judge-corrections.ts";
import { lintDocument } from "./lint-document.ts";
import { retireCorrections } from "./retire-corrections.ts";
import { readSource, type SourceRecord, sha256, sourcePath } from "./source-record.ts";
import { findUndecided, toDecide, type Undecided } from "./undecided.ts";
import { judgeDocument, type Verdict } from "./verdict.ts";

export interface PullOptions {
  readonly root: string;
  /** A file or an address other than the vendor's. */
  readonly from?: string;
  /** Take a document with few of the known operations, or with faults of structure. */
  readonly force?: boolean;
  /** Delete the corrections that the document has made unnecessary. */
  readonly retire?: boolean;
  readonly limits?: FetchLimits;
  /** Told before each step that takes time. */
  readonly onStep?: (step: string) => void;
  readonly now?: Date;
}

export type Pulled =
  | { readonly status: "unchanged"; readonly source: SourceRecord; readonly undecided: Undecided }
  | {
      readonly status: "new";
      readonly source: SourceRecord;
      readonly verdict: Verdict;
      /**
       * Everything that is to be written: relative path → text, in the order in which it is. The document comes after all
       * that follows from comparing it with the one before, which a pull that was killed leaves to the next one. A
       * correction can be retired later too.
       */
      readonly files: ReadonlyMap<string, string>;
    };

interface Received {
  readonly text: string;
  readonly source: SourceRecord;
}

/** Fetches the vendor's document, judges it, and returns what follows from it. Writes nothing. */
export async function pullDocument(options: PullOptions): Promise<Pulled> {
  const { root, force = false, retire = false, onStep = () => {} } = options;
  const [source, current] = [await readSource(root), await read(root, publishedPath)];
  const received = await receive(source, current, options);
  if (received === undefined && !retire) {
    return { status: "unchanged", source, undecided: await findUndecided(root, source) };
  }

  onStep("Comparing");
  const after = received?.text ?? current;
  const lint = await lintDocument(after, force);
  const corrections = await read(root, correctionsPath);
  const layout = await readLayout(root);
  const wireBefore = layOutWire(current, layout);
  const wireAfter =
    after === current ? wireBefore : layOutWire(after, layout, received?.source.from ?? source.url);
  const overlay = parseDocument(corrections, correctionsPath);
  const register = readRegister(overlay, correctionsPath);
  const judgements = await judgeCorrections(
    wireBefore.wire,
    wireAfter.wire,
    readOverlay(overlay, correctionsPath),
    register,
  );
  const unnecessary = judgements.filter(({ standing }) => standing === "unnecessary").map(({ id }) => id);
  const remaining = retire ? retireCorrections(corrections, unnecessary) : corrections;
  if (received === undefined && remaining === corrections) {
    return { status: "unchanged", source, undecided: await findUndecided(root, source) };
  }
  const { name, version }: { name: string; version: string } = JSON.parse(await read(root, "package.json"));
  const texts = { published: after, corrections, remaining };
  const verdict = await judgeDocument({
    ...texts,
    before: wireBefore,
    after: wireAfter,
    layout,
    judgements,
    version,
    lint,
  });
  const open = await toDecide(source, judgements, verdict.users.lookalikes, register, wireAfter.wire);
  const record = { ...(received?.source ?? source), ...(open.length > 0 && { toDecide: open }) };
  const { generation } = verdict;
  // What is written by hand may name a correction that is retired.
  const usages = generation.whole && (await followSpellings(root, generation.whole)).files;
  const changeset = changesetFor(verdict, name, sha256(after));
  const files = new Map<string, string>();
  // What stands in the changeset of this document, from before a correction was retired or a pull was ended, stays.
  if (changeset !== undefined && !existsSync(join(root, changeset[0]))) files.set(...changeset);
  for (const [path, text] of usages ?? []) files.set(path, text);
  for (const [path, text] of generation.files) if (!usages?.has(path)) files.set(path, text);
  if (received !== undefined) {
    files.set(sourcePath, `${JSON.stringify(record, null, 2)}\n`);
    files.set(publishedPath, after);
  }
  if (remaining !== corrections) files.set(correctionsPath, remaining);
  return { status: "new", source: record, verdict, files };
}

async function read(root: string, path: string): Promise<string> {
  return (await readFile(join(root, path), "utf8")).replaceAll("\r\n", "\n");
}

/** The new document and what is to be said of it, or undefined if it is the one that is here. */
async function receive(
  source: SourceRecord,
  current: string,
  { from, force = false, limits, onStep = () => {}, now = new Date() }: PullOptions,
): Promise<Received | undefined> {
  const location = locate(from ?? source.url);
  const isFile = location.protocol === "file:";
  onStep(`${isFile ? "Reading" : "Downloading"} ${isFile ? from : shown(location)}`);
  // What is known of the bytes that were received says nothing of a document that was edited here since, nor of
  // the other files of one that was put together.
  const isAsReceived = sha256(current) === source.sha256 && source.receivedSha256 === undefined;
  // An address that was taken with a query is kept without it, and is never this one.
  const isSamePlace = location.href === (source.from ?? source.url);
  const { etag, lastModified } = source;
  const validators = isAsReceived && isSamePlace ? optional({ etag, lastModified }) : {};
  const fetched: Fetched = await fetchDocument(location, limits, validators);
  if (fetched.status === "unchanged") return undefined;
  const receivedSha256 = sha256(fetched.bytes);
  if (isAsReceived && receivedSha256 === source.sha256) return undefined;

  const name = isFile ? basename(location.pathname) : shown(location);
  const raw = decode(fetched.bytes, name);
  parseOpenApi(raw, name, false);
  const text = await bundleDocument(raw, location, limits);
  if (text === current && sha256(current) === source.sha256) return undefined;
  if (!force) refuseAnotherApi(parseOpenApi(text, name), parseDocument(current, publishedPath), name);
  const ownSha256 = sha256(text);
  const record: SourceRecord = {
    url: source.url,
    origin: isFile ? "file" : "downloaded",
    ...(location.href === source.url ? {} : { from: name }),
    date: now.toISOString().slice(0, 10),
    sha256: ownSha256,
    ...(receivedSha256 === ownSha256 ? {} : { receivedSha256 }),
    ...fetched.validators,
  };
  return { text, source: record };
}

function optional<Value extends object>(object: Value): { [Key in keyof Value]?: NonNullable<Value[Key]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Value]?: NonNullable<Value[Key]>;
  }; // Object.fromEntries forgets the keys.
}
