import { checkDocument } from "../../document/check-document.ts";
import { layOut } from "../../document/layout/lay-out.ts";
import { type Layout, readLayout } from "../../generate/generate-files.ts";
import { collectPagination } from "../../generate/pagination.ts";
import { bundleDocument } from "../bundle-document.ts";
import { type Comparison, compareWires } from "../compare-wires.ts";
import { decode, fetchDocument, locate, shown } from "../fetch-document.ts";
import { parseOpenApi } from "../recognise.ts";
import { decideRelease, type Release } from "../release.ts";
import { SpecError } from "../spec-error.ts";

/** What two documents differ in, and what that means for programs compiled against the types of the first. */
export interface Difference {
  readonly comparison: Comparison;
  readonly release: Release;
}

/** Compares two documents, each a file or an address, in the layout of the project in `root`. */
export async function compareSources(before: string, after: string, root = "."): Promise<Difference> {
  const layout = await readLayout(root);
  const [old, now] = await Promise.all([load(before, layout), load(after, layout)]);
  const comparison = await compareWires(old, now);
  const release = decideRelease({
    causes: comparison.causes,
    isReadOtherwise: !comparison.isSame,
    retired: [],
    paginated: [collectPagination(old).paths, collectPagination(now).paths],
    travelsOtherwise: false,
    version: "1.0.0",
  });
  return { comparison, release };
}

async function load(source: string, { shapes, reserved }: Layout): Promise<ReturnType<typeof parseOpenApi>> {
  const location = locate(source);
  const name = location.protocol === "file:" ? source : shown(location);
  const fetched = await fetchDocument(location);
  if (fetched.status === "unchanged") throw new SpecError(`${name} sent 304 to a plain request.`);
  const raw = decode(fetched.bytes, name);
  parseOpenApi(raw, name, false);
  const text = await bundleDocument(raw, location);
  const document = parseOpenApi(text, name);
  checkDocument(document, name);
  return layOut(document, { shapes, reserved }).wire;
}
