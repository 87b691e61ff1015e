import { bundleDocument } from "../bundle-document.ts";
import { type Changes, compareDocuments } from "../changes.ts";
import { decode, fetchDocument, locate } from "../fetch-document.ts";
import { findLookalikes, type Lookalike } from "../lookalikes.ts";
import { compareOperations, type Verdict } from "../pull/verdict.ts";
import { parseOpenApi } from "../recognise.ts";
import { SpecError } from "../spec-error.ts";

/** What two documents differ in, whatever they describe. */
export interface Difference {
  readonly changes: Changes;
  readonly operations: Verdict["operations"];
  readonly lookalikes: readonly Lookalike[];
}

/** Compares two documents, each a file or an address. */
export async function compareSources(before: string, after: string): Promise<Difference> {
  const [old, now] = await Promise.all([load(before), load(after)]);
  const [oldDocument, nowDocument] = [parseOpenApi(old, before), parseOpenApi(now, after)];
  const changes = await compareDocuments(old, now);
  return {
    changes,
    operations: compareOperations(oldDocument, nowDocument, changes),
    lookalikes: findLookalikes(oldDocument, nowDocument),
  };
}

async function load(source: string): Promise<string> {
  const location = locate(source);
  const fetched = await fetchDocument(location);
  if (fetched.status === "unchanged") throw new SpecError(`${source} answered 304 to a plain request.`);
  const text = decode(fetched.bytes, source);
  parseOpenApi(text, source);
  return bundleDocument(text, location);
}
