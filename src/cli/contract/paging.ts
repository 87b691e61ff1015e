import {
  ApiError,
  type FulfillmentClient,
  type PaginatedPath,
  paginate,
  UnexpectedResponseError,
} from "juniper-fulfillment";
import { paginatedPaths } from "../../generated/pagination.ts";
import type { Finding } from "./findings.ts";

/** A list that has not ended after so many items is taken to have no end. */
export const mostItems = 10_000;

/** The largest page of the document. A list is read in these first, to know where it ends. */
const largestPage = 100;
/** How large the small pages are that follow: a few of them are the whole list, or enough to see that they follow each other. */
const smallPages = { fewest: 2, most: 25, ofAll: 3 } as const;

/** Whether a path gives its items page by page. */
export function isPaginated(path: string): path is PaginatedPath {
  return Object.hasOwn(paginatedPaths, path);
}

/** What is wrong with the pages of a list: of these the schema of a response says nothing. */
export async function judgePages(
  client: FulfillmentClient,
  path: PaginatedPath,
  signal: AbortSignal | undefined,
  most: number = mostItems,
): Promise<Finding[]> {
  const place = paginatedPaths[path];
  const finding = (what: string): Finding => ({ place, what });
  const whole = await lookThrough(client, path, { limit: largestPage, most, signal });
  if (whole.problems.length > 0) return whole.problems.map(finding);
  if (!whole.hasEnded) {
    return [finding(`does not end within ${most} items; if it really has more, raise --most-items`)];
  }
  const share = Math.ceil(whole.items / smallPages.ofAll);
  const limit = Math.min(Math.max(share, smallPages.fewest), smallPages.most);
  // A page more than all, for what is created meanwhile.
  const some = await lookThrough(client, path, { limit, most: limit * (smallPages.ofAll + 1), signal });
  if (some.problems.length > 0) return some.problems.map(finding);
  if (some.hasEnded || some.items <= whole.items + limit) return [];
  return [finding(`does not end in pages of ${limit}, but does in pages of ${largestPage}`)];
}

interface Look {
  readonly limit: number;
  /** After how many items to stop. */
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

async function lookThrough(client: FulfillmentClient, path: PaginatedPath, { limit, most, signal }: Look) {
  const problems = new Set<string>();
  const seen = new Set<unknown>();
  let [pages, items, hasEnded] = [0, 0, false];
  const options = { params: { query: { limit } }, prefetch: false, signal };
  try {
    for await (const page of paginate(client, path, options).pages()) {
      pages += 1;
      items += page.items.length;
      hasEnded = page.nextCursor === undefined;
      if (page.items.length > limit) problems.add("has more items than the requested limit");
      if (page.items.length === 0 && !hasEnded) problems.add("is empty, but has a next page");
      const ids = page.items.map((item) => Object(item).id).filter((id) => id !== undefined);
      if (ids.some((id) => seen.has(id))) problems.add("has items of an earlier page");
      for (const id of ids) seen.add(id);
      if (items > most || problems.size > 0) break;
    }
  } catch (error) {
    problems.add(problemOfNextPage(error, pages));
  }
  return { problems: [...problems], items, hasEnded };
}

/** Of the first page the schema is the judge. After that it can only be the cursor, unless the API is out of order. */
function problemOfNextPage(error: unknown, pages: number): string {
  if (pages === 0) throw error;
  if (error instanceof UnexpectedResponseError) {
    return "has a next page that can't be read, or a repeated cursor";
  }
  if (error instanceof ApiError && isRefusal(error.status)) {
    return `responds with ${error.status} to its own cursor, at page ${pages + 1}`;
  }
  throw error;
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}
