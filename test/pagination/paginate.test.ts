import { getEventListeners } from "node:events";
import fc from "fast-check";
import {
  ApiError,
  ConfigurationError,
  createFulfillmentClient,
  type FulfillmentClient,
  type PaginateOptions,
  paginate,
  UnexpectedResponseError,
} from "juniper-fulfillment";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../scripts/samples/scripted-server.ts";

let server: ScriptedServer;
let client: FulfillmentClient;
/** The cursors that were asked for, with "" for the first page. */
let asked: string[];
let queries: URLSearchParams[];
let total: number;

beforeEach(async () => {
  asked = [];
  queries = [];
  total = 250;
  server = await startScriptedServer(({ path }) => {
    const { searchParams } = new URL(path, "http://localhost");
    queries.push(searchParams);
    const cursor = searchParams.get("cursor") ?? "";
    asked.push(cursor);
    const limit = Number(searchParams.get("limit"));
    const from = Number(cursor.replace("at-", ""));
    const orders = Array.from({ length: Math.min(limit, total - from) }, (_, index) => ({
      id: `${from + index}`,
    }));
    const next = from + limit;
    return { json: { orders, ...(next < total && { cursor: `at-${next}` }) } };
  });
  client = createFulfillmentClient({ accessToken: "token", baseUrl: server.origin, maxRetries: 0 });
});
afterEach(() => server.close());

async function collect(options: PaginateOptions<"/orders"> = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of paginate(client, "/orders", options)) ids.push(id);
  return ids;
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

describe("paginate", () => {
  test("yields every item once, a hundred to a page", async () => {
    expect(await collect()).toEqual(numbers(0, 250));
    expect(asked).toEqual(["", "at-100", "at-200"]);
    expect(queries[0]?.get("limit")).toBe("100");
  });

  test("yields every item once, whatever the sizes of list and page", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (size, limit, prefetch) => {
          total = size;
          expect(await collect({ params: { query: { limit } }, prefetch })).toEqual(numbers(0, size));
        },
      ),
      { numRuns: 30 },
    );
  });

  test("sends the rest of the query with every page", async () => {
    await collect({ params: { query: { status: "SHIPPED", direction: "previous", limit: 200 } } });
    expect(queries.map((query) => [query.get("status"), query.get("direction"), query.get("limit")])).toEqual(
      Array(2).fill(["SHIPPED", "previous", "200"]),
    );
  });

  test("begins at a cursor, and tells the cursors to go on from", async () => {
    const pages = [];
    for await (const page of paginate(client, "/orders").pages()) pages.push(page);
    expect(pages.map(({ items, cursor, nextCursor }) => [items.length, cursor, nextCursor])).toEqual([
      [100, undefined, "at-100"],
      [100, "at-100", "at-200"],
      [50, "at-200", undefined],
    ]);
    const cursor = pages[0]?.nextCursor;
    expect(await collect({ params: { query: cursor === undefined ? {} : { cursor } } })).toEqual(
      numbers(100, 250),
    );
  });

  test("begins anew with each iteration", async () => {
    const orders = paginate(client, "/orders", { params: { query: { limit: 200 } } });
    for await (const _ of orders.pages()) break;
    const ids = [];
    for await (const { id } of orders) ids.push(id);
    expect(ids).toEqual(numbers(0, 250));
  });

  test("asks for nothing before it is iterated over", async () => {
    paginate(client, "/orders").pages();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toEqual([]);
  });

  test("asks for one page ahead while the caller works, and for none with prefetch off", async () => {
    for await (const { cursor } of paginate(client, "/orders").pages()) {
      if (cursor !== undefined) break;
      await expect.poll(() => asked).toEqual(["", "at-100"]);
    }
    asked = [];
    for await (const { cursor } of paginate(client, "/orders", { prefetch: false }).pages()) {
      if (cursor !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(asked).toEqual([""]);
    }
    expect(asked).toEqual(["", "at-100"]);
  });

  test("ends a request in flight when the loop is left", async () => {
    const plain = server.script;
    let isEnded = false;
    server.script = (request, response) => {
      if (request.number === 1) return plain(request, response);
      response.on("close", () => {
        isEnded = true;
      });
      return undefined;
    };
    for await (const _ of paginate(client, "/orders").pages()) {
      await expect.poll(() => server.requests.length).toBe(2);
      break;
    }
    await expect.poll(() => isEnded).toBe(true);
  });

  test("ends with the reason of the caller's signal, and leaves no listener on it", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of paginate(client, "/orders", { signal: controller.signal })) {
        ids.push(id);
        if (ids.length === 100) controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(ids).toHaveLength(100);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("at once with many others that share its signal is no leak of listeners to Node", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => collect({ signal })));
    await new Promise(setImmediate);
    process.off("warning", note);
    expect(warnings.map(({ name }) => name)).not.toContain("MaxListenersExceededWarning");
  });

  test("sends nothing for a signal that has fired already", async () => {
    await expect(collect({ signal: AbortSignal.abort(new Error("never")) })).rejects.toThrow("never");
    expect(asked).toEqual([]);
  });

  test.each([[undefined], [null], [""]])("takes the cursor %j for the end", async (cursor) => {
    server.script = () => ({ json: { orders: [{ id: "1" }], cursor } });
    expect(await collect()).toEqual(["1"]);
  });

  test.each([
    ["no list", { cursor: "more" }],
    ["a list of another name", { products: [], cursor: "more" }],
    ["something else for a list", { orders: {}, cursor: "more" }],
    ["a cursor that isn't a string", { orders: [], cursor: 7 }],
    ["a null for an answer", null],
    ["a list for an answer", []],
  ])("throws at %s", async (_what, json) => {
    server.script = () => ({ json });
    await expect(collect()).rejects.toThrow(UnexpectedResponseError);
  });

  test("throws at a repeated cursor, and does not loop forever", async () => {
    server.script = ({ number }) => ({ json: { orders: [], cursor: ["a", "b", "a"][(number - 1) % 3] } });
    await expect(collect()).rejects.toThrow("a repeated cursor");
    expect(server.requests).toHaveLength(3);
    await expect(collect({ params: { query: { cursor: "a" } } })).rejects.toThrow(UnexpectedResponseError);
  });

  test("throws after a thousand empty pages in a row, and passes over fewer", async () => {
    server.script = ({ number }) => ({
      json: {
        orders: number % 1_000 === 999 && number < 2_000 ? [{ id: `${number}` }] : [],
        cursor: `at-${number}`,
      },
    });
    const ids: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { id } of paginate(client, "/orders")) ids.push(id);
    };
    await expect(read()).rejects.toThrow("1000 empty pages in a row");
    expect(ids).toEqual(["999", "1999"]);
    expect(server.requests).toHaveLength(2_999);
  });

  test("yields what came before an error, then throws it", async () => {
    const plain = server.script;
    server.script = (request, response) =>
      request.number === 3 ? { status: 503, json: {} } : plain(request, response);
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of paginate(client, "/orders")) ids.push(id);
    })();
    await expect(reading).rejects.toThrow(ApiError);
    expect(ids).toEqual(numbers(0, 200));
  });

  test("leaves no failure unhandled when the loop is left before it is looked at", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const plain = server.script;
    server.script = (request, response) =>
      request.number === 2 ? { status: 503, json: {} } : plain(request, response);
    for await (const _ of paginate(client, "/orders").pages()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  test("refuses a path without pages at once, and names those that have them", () => {
    expect(() => paginate(client, "/shipping-methods" as never)).toThrow(ConfigurationError);
    expect(() => paginate(client, "toString" as never)).toThrow("/orders, /protocols, /products");
  });
});
