import {
  type FulfillmentClient,
  type PaginatedPath,
  paginate,
  UnexpectedResponseError,
} from "juniper-fulfillment";
import { paginatedPaths } from "../../generated/pagination.ts";
import type { Finding } from "./findings.ts";

/** How large the pages are, and how many are read: enough to see whether they follow each other. */
const limit = 2;
const mostPages = 3;

/** Whether a path gives its items page by page. */
export function isPaginated(path: string): path is PaginatedPath {
  return Object.hasOwn(paginatedPaths, path);
}

/** What is wrong with the pages of a list: of these the schema of a response says nothing. */
export async function judgePages(
  client: FulfillmentClient,
  path: PaginatedPath,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const place = paginatedPaths[path];
  const problems = new Set<string>();
  const seen = new Set<unknown>();
  let pages = 0;
  const options = { params: { query: { limit } }, prefetch: false, signal };
  try {
    for await (const { items, nextCursor } of paginate(client, path, options).pages()) {
      if (items.length > limit) problems.add("has more items than the limit that was asked for");
      if (items.length === 0 && nextCursor !== undefined) problems.add("is empty, and has a next page");
      const ids = items.map((item) => Object(item).id).filter((id) => id !== undefined);
      if (ids.some((id) => seen.has(id))) problems.add("has items of an earlier page");
      for (const id of ids) seen.add(id);
      pages += 1;
      if (pages === mostPages || problems.size > 0) break;
    }
  } catch (error) {
    // Of the first page the schema is the judge. Here it can only be the cursor.
    if (!(error instanceof UnexpectedResponseError) || pages === 0) throw error;
    problems.add("has a next page that can't be read, or a cursor that was there before");
  }
  return [...problems].map((what) => ({ place, what }));
}
