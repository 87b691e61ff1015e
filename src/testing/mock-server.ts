import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createPrism, type Prism, type PrismAnswer } from "./prism.ts";

/**
 * The options of {@link startMockServer}.
 *
 * @example
 * ```ts
 * import { type MockServerOptions, startMockServer } from "juniper-fulfillment/testing";
 *
 * const options: MockServerOptions = { port: 4010 };
 * const mock = await startMockServer(options);
 * await mock.close();
 * ```
 */
export interface MockServerOptions {
  /**
   * The port on 127.0.0.1.
   * @default 0 (any free one)
   */
  port?: number | undefined;
}

/**
 * A request that the mock server was sent.
 *
 * @example
 * ```ts
 * import { type RecordedRequest, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer();
 * const describe = ({ method, path, status }: RecordedRequest) => `${method} ${path} ${status}`;
 * console.log(mock.requests.map(describe));
 * await mock.close();
 * ```
 */
export interface RecordedRequest {
  /** The method in upper case. */
  readonly method: string;
  /** The path as it was sent, with its base path and query. */
  readonly path: string;
  /** Headers by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON, the text, or undefined for none. */
  readonly body: unknown;
  /** What the published document does not allow in it, as Prism found. */
  readonly violations: readonly string[];
  /** The status of the answer. */
  readonly status: number;
  /** The body of the answer, as it travelled. */
  readonly answer: unknown;
}

/**
 * A running mock of the API and its token endpoint.
 *
 * @example
 * ```ts
 * import { createFulfillmentClient } from "juniper-fulfillment";
 * import { type MockServer, startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock: MockServer = await startMockServer();
 * const client = createFulfillmentClient(mock.clientOptions);
 * await client.GET("/products");
 * console.log(mock.requests.length);
 * await mock.close();
 * ```
 */
export interface MockServer {
  /** The API's address, with its base path. */
  readonly baseUrl: string;
  /** The token endpoint's address. */
  readonly tokenUrl: string;
  /** What to pass to `createFulfillmentClient`. */
  readonly clientOptions: {
    /** Any will do. */
    readonly clientId: string;
    /** Any will do. */
    readonly clientSecret: string;
    /** The same as the server's. */
    readonly baseUrl: string;
    /** The same as the server's. */
    readonly tokenUrl: string;
  };
  /** Every request so far, in the order of their answers. Empty it with `requests.length = 0`. */
  readonly requests: RecordedRequest[];
  /**
   * Throws when a request so far was not one that the published document allows.
   * @throws {Error} with each such request and what is wrong with it.
   */
  expectNoViolations(): void;
  /** Stops the server and closes its connections. */
  close(): Promise<void>;
}

const basePath = "/v1";
const tokenPath = "/oauth2/token";

/**
 * Starts a mock of the Order Fulfillment API in this process: Prism serving the published document, and the token
 * endpoint, on one port. Its answers are the document's examples, the same every time. It needs the package
 * `@stoplight/prism-cli`.
 *
 * Prism answers a request that the document does not allow with the declared error. What was wrong with it stands
 * in the answer's `sl-violations` header, in `requests`, and in what `expectNoViolations` throws. Ask for a
 * declared status with the header `Prefer: code=422`.
 *
 * @param options The port, if it matters.
 * @returns The running server.
 * @throws {ConfigurationError} when Prism is not installed.
 * @example
 * ```ts
 * import { createFulfillmentClient, unwrap } from "juniper-fulfillment";
 * import { startMockServer } from "juniper-fulfillment/testing";
 *
 * const mock = await startMockServer();
 * const client = createFulfillmentClient(mock.clientOptions);
 * console.log(unwrap(await client.GET("/shipping-methods")));
 * mock.expectNoViolations();
 * await mock.close();
 * ```
 */
export async function startMockServer({ port = 0 }: MockServerOptions = {}): Promise<MockServer> {
  const [api, auth] = await Promise.all([
    createPrism(documentPath("published/index.yaml")),
    createPrism(documentPath("auth.yaml")),
  ]);
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response, api, auth, requests).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  await listen(server, port);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = { baseUrl: `${origin}${basePath}`, tokenUrl: `${origin}${tokenPath}` };
  return {
    ...urls,
    clientOptions: { clientId: "mock-client", clientSecret: "mock-secret", ...urls },
    requests,
    expectNoViolations: () => expectNoViolations(requests),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** The documents lie in the package beside `dist/` and `src/`. */
function documentPath(name: string): string {
  return fileURLToPath(new URL(`../../openapi/${name}`, import.meta.url));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  api: Prism,
  auth: Prism,
  requests: RecordedRequest[],
): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const headers = flatten(request.headers);
  const body = readBody(await readText(request), headers["content-type"]);
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, values(searchParams, name)]),
  );
  const forApi = pathname.startsWith(`${basePath}/`);
  const path = forApi ? pathname.slice(basePath.length) : pathname;
  const prism = forApi ? api : auth;
  const result = await prism({ method, url: { path, query }, headers, body });
  requests.push({ method, path: url, headers, body, ...summary(result) });
  send(response, result);
}

function summary({
  violations,
  status,
  body,
}: PrismAnswer): Pick<RecordedRequest, "violations" | "status" | "answer"> {
  return { violations, status, answer: body };
}

function send(response: ServerResponse, { status, headers, body, violations }: PrismAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (violations.length > 0) response.setHeader("sl-violations", encodeURI(JSON.stringify(violations)));
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { "content-length": Buffer.byteLength(text) }).end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** What Prism wants: parsed JSON, the text of anything else, null for nothing. */
function readBody(text: string, contentType = ""): unknown {
  if (text === "") return null;
  if (!/^application\/(.+\+)?json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flatten(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

function values(parameters: URLSearchParams, name: string): string | string[] {
  const all = parameters.getAll(name);
  return all.length === 1 && all[0] !== undefined ? all[0] : all;
}

function expectNoViolations(requests: readonly RecordedRequest[]): void {
  const faulty = requests.filter(({ violations }) => violations.length > 0);
  if (faulty.length === 0) return;
  const lines = faulty.map(
    ({ method, path, violations }) => `${method} ${path}\n  ${violations.join("\n  ")}`,
  );
  throw new Error(
    `${faulty.length} of ${requests.length} requests break the published document:\n${lines.join("\n")}`,
  );
}
