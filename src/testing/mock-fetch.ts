import { rejectOnAbort } from "./deliveries.ts";
import type { Exchange } from "./exchange.ts";
import { readParts, writeParts } from "./incoming-request.ts";

/**
 * A function with the signature of fetch that sends nothing out of this process.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient, fromEnv } from "juniper-fulfillment";
 * import { createMock, type MockFetch } from "juniper-fulfillment/testing";
 *
 * const fetch: MockFetch = createMock().fetch;
 * const client = createFulfillmentClient({ ...fromEnv(), fetch });
 * ```
 */
export type MockFetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/** Statuses that a `Response` may not have a body with. */
const withoutBody = new Set([204, 205, 304]);

/**
 * Carries requests to the exchange as a server would, whatever their host is: the path tells the API from the token
 * endpoint.
 */
export function createMockFetch(exchange: Exchange): MockFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const { pathname, search, port, protocol } = new URL(request.url);
    if (exchange.isClosed) throw notListening(port || (protocol === "https:" ? "443" : "80"));
    // text() would drop a byte order mark, which a server sees.
    const text = Buffer.from(await request.arrayBuffer()).toString("utf8");
    const length = Buffer.byteLength(text);
    const headers = {
      ...Object.fromEntries(request.headers),
      // As every HTTP client sends it: by it a body is told from none.
      ...(length > 0 && { "content-length": String(length) }),
    };
    const concluding = exchange.conclude(
      readParts({ method: request.method, target: `${pathname}${search}`, headers, text }),
      request.signal,
    );
    const ending = await Promise.race([concluding, rejectOnAbort(request.signal)]);
    if (!("response" in ending)) throw connectionLost(ending.cut);
    const { status } = ending.response;
    const parts = writeParts(ending.response);
    const body =
      withoutBody.has(status) || request.method === "HEAD" || parts.text === "" ? null : parts.text;
    return new Response(body, { status, headers: parts.headers });
  };
}

/** The error of Node's fetch for a connection that ends before the response. */
function connectionLost(cut: "closed" | "reset"): TypeError {
  const cause =
    cut === "reset"
      ? Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" })
      : Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
  return new TypeError("fetch failed", { cause });
}

/** The error of Node's fetch for a port that nobody listens at. */
function notListening(port: string): TypeError {
  const code = "ECONNREFUSED";
  const cause = Object.assign(new Error(`connect ${code}`), { code, syscall: "connect", port: Number(port) });
  return new TypeError("fetch failed", { cause });
}
