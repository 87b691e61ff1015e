import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SpecError } from "../spec-error.ts";

export const sourcePath = "openapi/published/source.json";

/** What `openapi/published/source.json` says of the document beside it. */
export interface SourceRecord {
  /** Where the vendor publishes it. */
  readonly url: string;
  readonly origin: "transcribed" | "downloaded" | "file";
  /** The address that it was taken from, if that was another: without its query, which may be a signature. */
  readonly from?: string;
  readonly date: string;
  /** Of the document as it stands here. */
  readonly sha256: string;
  /** Of the bytes that were received, if they were put together from several files or had other line ends. */
  readonly receivedSha256?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly note?: string;
  /** What comparisons with earlier documents have found, and nobody has decided yet. */
  readonly toDecide?: readonly string[];
}

export async function readSource(root: string): Promise<SourceRecord> {
  try {
    const record: Partial<SourceRecord> = JSON.parse(await readFile(join(root, sourcePath), "utf8"));
    if (typeof record.url === "string" && URL.canParse(record.url) && isList(record.toDecide))
      return record as SourceRecord; // The rest is only kept.
  } catch (error) {
    throw new SpecError(`${sourcePath} can't be read: ${error instanceof Error ? error.message : error}`);
  }
  throw new SpecError(
    `${sourcePath} needs a "url", the address of the vendor's document, and can have a list "toDecide" of sentences.`,
  );
}

function isList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((line) => typeof line === "string"));
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
