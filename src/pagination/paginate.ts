import { pageSizes, paginatedPaths } from "../generated/pagination.ts";
import type { paths } from "../generated/schema.ts";
import { checkSignal } from "../wrapper/check-signal.ts";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { CallLimitOptions } from "../wrapper/options.ts";
import { type Result, unusable, unwrap } from "../wrapper/result.ts";

/**
 * The paths whose lists are paginated.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, paginate, type PaginatedPath } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const path: PaginatedPath = "/protocols";
 * for await (const { id } of paginate(client, path)) console.log(id);
 * ```
 */
export type PaginatedPath = keyof typeof paginatedPaths;

type List<Path extends PaginatedPath> = paths[Path]["get"]["responses"][200]["content"]["application/json"];

/**
 * An item of the list at this path.
 *
 * @example
 * ```ts
 * import type { PageItem } from "juniper-fulfillment";
 *
 * const idOf = (order: PageItem<"/orders">): string => order.id;
 * console.log(idOf({ id: "o-1" }));
 * ```
 */
export type PageItem<Path extends PaginatedPath> =
  NonNullable<List<Path>[(typeof paginatedPaths)[Path] & keyof List<Path>]> extends readonly (infer Item)[]
    ? Item
    : never;

type Query<Path extends PaginatedPath> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;

/**
 * The options of {@link paginate}: those of a GET of this path, and whether to read ahead. Limits are those of
 * each request, by default the client's.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, paginate, type PaginateOptions } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const options: PaginateOptions<"/orders"> = { params: { query: { status: "SHIPPED", limit: 20 } }, prefetch: false };
 * for await (const { id } of paginate(client, "/orders", options)) console.log(id);
 * ```
 */
export interface PaginateOptions<Path extends PaginatedPath> extends CallLimitOptions {
  /**
   * The query, as for a GET of this path. `cursor` is where to begin, `direction: "previous"` reads backwards from there,
   * and `limit` is the size of a page, by default the largest that the API takes of this list, up to 100.
   * @default {}
   */
  params?:
    | {
        /** The query parameters. */
        query?: Query<Path> | undefined;
      }
    | undefined;
  /**
   * Your own headers for each request.
   * @default none
   */
  headers?: RequestInit["headers"];
  /**
   * Ends the iteration and any request in flight.
   * @default none
   */
  signal?: AbortSignal | undefined;
  /**
   * Request the next page while you work on this one.
   * @default true
   */
  prefetch?: boolean | undefined;
}

/**
 * One page of a list.
 *
 * @example
 * ```ts
 * import type { Order, Page } from "juniper-fulfillment";
 *
 * const isLast = ({ nextCursor }: Page<Order>): boolean => nextCursor === undefined;
 * console.log(isLast({ items: [], cursor: undefined, nextCursor: undefined }));
 * ```
 */
export interface Page<Item> {
  /** The items, in the order of the list. */
  readonly items: readonly Item[];
  /** The cursor that this page was requested with: pass it as `cursor` to begin here again. Undefined on the first page. */
  readonly cursor: string | undefined;
  /** The cursor of the next page: pass it as `cursor` to go on from there. Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

/**
 * All items of a list, and its pages. Each iteration begins anew.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type Pagination, paginate, type Product } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * const products: Pagination<Product> = paginate(client, "/products");
 * for await (const { items } of products.pages()) console.log(items.length);
 * ```
 */
export interface Pagination<Item> extends AsyncIterable<Item> {
  /** The list page by page. */
  pages(): AsyncIterableIterator<Page<Item>>;
}

/**
 * The client method that {@link paginate} uses.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, type PageClient, paginate } from "juniper-fulfillment";
 *
 * const client: PageClient = createFulfillmentClient(fromEnv());
 * for await (const { id } of paginate(client, "/orders")) console.log(id);
 * ```
 */
export interface PageClient {
  /**
   * Reads a page.
   *
   * @param path The path of a list.
   * @param init The query, and a signal to stop with.
   * @returns The page, or the error.
   */
  GET(path: PaginatedPath, init: PageInit): Promise<Result<object>>;
}

interface PageInit {
  readonly params: { readonly query: object };
  readonly signal: AbortSignal;
  readonly [option: string]: unknown;
}

/**
 * Reads a list to its end, page by page.
 *
 * The next page is requested while you work on this one. Leaving the loop early ends a request in flight. To go on later,
 * keep the `cursor` or `nextCursor` of a page from `.pages()`.
 *
 * @param client The client to send with.
 * @param path The path of a paginated list.
 * @param options The query, and the other options of a GET.
 * @returns An async iterable of items. Nothing is sent before you iterate.
 * @throws {ConfigurationError} at once, when the list at the path isn't paginated.
 * @throws {InvalidRequestError} at once, when `signal` is no AbortSignal.
 * @throws {UnexpectedResponseError} while iterating, when a page has no list or a repeated cursor, or after
 * 1,000 empty pages in a row.
 * @throws {ApiError} while iterating, and whatever else a GET and `unwrap` throw.
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv, paginate } from "juniper-fulfillment";
 *
 * const client = createFulfillmentClient(fromEnv());
 * for await (const order of paginate(client, "/orders", { params: { query: { status: "SHIPPED" } } })) {
 *   console.log(order.id);
 * }
 * for await (const { items, nextCursor } of paginate(client, "/products").pages()) {
 *   console.log(items.length, nextCursor);
 * }
 * ```
 */
export function paginate<Path extends PaginatedPath>(
  client: PageClient,
  path: Path,
  options: PaginateOptions<Path> = {},
): Pagination<PageItem<Path>> {
  if (!Object.hasOwn(paginatedPaths, path)) {
    const known = Object.keys(paginatedPaths).join(", ");
    throw new ConfigurationError(`paginate reads lists that have pages: ${known}.`);
  }
  checkSignal(options.signal);
  const pages = () => readPages<PageItem<Path>>(client, path, options);
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items;
    },
  };
}

/** A filter may leave pages empty. So many in a row are a list that never ends. */
const maxEmptyPages = 1_000;

/** What tells a long list from one that never ends. */
interface Progress {
  /** The cursors that have been used. */
  readonly seen: Set<string>;
  /** How many pages in a row have been empty. */
  emptyPages: number;
}

async function* readPages<Item>(
  client: PageClient,
  path: PaginatedPath,
  options: PaginateOptions<PaginatedPath>,
): AsyncGenerator<Page<Item>, void, undefined> {
  const { params, signal, prefetch = true, ...init } = options;
  const abort = new AbortController();
  const follow = (): void => abort.abort(signal?.reason);
  signal?.addEventListener("abort", follow);
  if (signal?.aborted) follow();
  const progress: Progress = { seen: new Set<string>(), emptyPages: 0 };
  const given: { readonly limit?: number; readonly cursor?: string } = params?.query ?? {};
  const limit = given.limit ?? pageSizes[path];
  const ask = async (cursor: string | undefined): Promise<Page<Item>> => {
    const query = { ...given, ...(limit && { limit }), ...(cursor && { cursor }) };
    const result = await client.GET(path, { ...init, params: { query }, signal: abort.signal });
    if (cursor) progress.seen.add(cursor);
    return readPage(path, result, cursor, progress);
  };
  try {
    let cursor = given.cursor;
    let next = ask(cursor);
    for (;;) {
      const page = await next;
      abort.signal.throwIfAborted();
      cursor = page.nextCursor;
      if (cursor !== undefined && prefetch) {
        next = ask(cursor);
        // It is looked at when its turn comes. Until then its failure is nobody's.
        next.catch(() => {});
      }
      yield page;
      if (cursor === undefined) return;
      if (!prefetch) next = ask(cursor);
    }
  } finally {
    signal?.removeEventListener("abort", follow);
    abort.abort();
  }
}

/** A page of a response. Its end is a missing or an empty cursor: no page of the documentation says which. */
function readPage<Item>(
  path: PaginatedPath,
  result: Result<object>,
  cursor: string | undefined,
  progress: Progress,
): Page<Item> {
  // Whatever came: a null has no properties to look at.
  const body: Readonly<Record<string, unknown>> = Object(unwrap(result));
  const broken = (what: string): Error => unusable({ method: "GET", path }, result.response, what);
  const name = paginatedPaths[path];
  const { [name]: items, cursor: nextCursor = null } = body;
  if (!Array.isArray(items)) throw broken(`no list of ${name}`);
  if (!items.every((item) => typeof item === "object" && item !== null))
    throw broken(`something else among its ${name}`);
  if (nextCursor === null || nextCursor === "") return { items, cursor, nextCursor: undefined };
  if (typeof nextCursor !== "string") throw broken("a cursor that isn't a string");
  if (progress.seen.has(nextCursor)) throw broken("a repeated cursor, which would loop forever");
  progress.emptyPages = items.length === 0 ? progress.emptyPages + 1 : 0;
  if (progress.emptyPages >= maxEmptyPages) throw broken(`${maxEmptyPages} empty pages in a row`);
  return { items, cursor, nextCursor };
}
