import type { Backend } from "./backend/backend.ts";
import { createRouter, type Route } from "./operations.ts";
import { refusalBody } from "./refused-request.ts";
import { type MockRequest, type MockResponse, problem, type ServedDocument } from "./served-document.ts";
import type { TokenEndpoint } from "./token-endpoint.ts";

/** The part behind the server: it finds the operation of a request and responds to it. */
export interface Service {
  /** Every operation of the API and the token endpoint. */
  readonly operations: readonly string[];
  route(request: MockRequest): Route | undefined;
  /** Carries a request out. */
  respond(request: MockRequest, route: Route | undefined): Promise<MockResponse>;
  /** What the document does not allow in a request. The request is not carried out. */
  check(request: MockRequest): Promise<readonly string[]>;
}

/** Responds to the requests that drive a mock; undefined for any other. */
export type Control = (request: MockRequest) => Promise<MockResponse | undefined>;

/** Both of the vendor's servers are behind one port: the API under its base path, and the token endpoint. */
export interface Documents {
  readonly api: ServedDocument;
  readonly auth: ServedDocument;
}

/** Stands on a response that is the document's example, for an operation that the stateful mock doesn't carry out. */
const exampleHeader = "x-mock-example";

export const basePath = "/v1";
export const tokenPath = "/oauth2/token";

/** Responds with the examples of the documents. */
export function createExamples({ api, auth }: Documents): Service {
  const [routeApi, routeAuth] = [createRouter(api.operations), createRouter(auth.operations)];
  const example = async (request: MockRequest): Promise<MockResponse> => {
    if (isWarmup(request)) return nothingThere;
    if (!isDecodable(request.url.path)) return problem("malformedPath");
    if (!isForApi(request)) return auth.example(request);
    return tellWhy(request, await api.example(withinApi(request)));
  };
  return {
    operations: [...api.operations, ...auth.operations],
    route: (request) =>
      isForApi(request)
        ? routeApi(request.method, withinApi(request).url.path)
        : routeAuth(request.method, request.url.path),
    respond: example,
    check: async (request) => (await example(request)).violations,
  };
}

/**
 * Responds with what the backend does.
 *
 * - Requests are validated first. An invalid one gets an error that names what is wrong, and changes nothing.
 * - A token that was not issued, or is no longer valid, is rejected before that.
 * - A request that asks for a declared response with `Prefer: code=422` gets that example, and changes nothing.
 */
export function createStatefulService(
  documents: Documents,
  backend: Backend,
  tokens: TokenEndpoint,
): Service {
  const examples = createExamples(documents);
  return {
    ...examples,
    async respond(request, route) {
      if (request.headers.prefer !== undefined || route === undefined || !isDecodable(request.url.path))
        return examples.respond(request, route);
      if (!isForApi(request))
        return documents.auth.respond(request, () => tokens.issue(String(request.body)));
      const { authorization } = request.headers;
      // The document itself rejects a header without a bearer token.
      if (/^Bearer ./i.test(authorization ?? "") && !tokens.accepts(authorization)) return unknownToken;
      let isExample = false;
      const response = await documents.api.respond(withinApi(request), () => {
        const own = backend.carryOut(route.operation, {
          parameters: route.parameters,
          query: firstValues(request.url.query),
          body: request.body,
        });
        isExample = own === undefined;
        return own;
      });
      if (!isExample) return tellWhy(request, response);
      // The document knows an operation that the backend doesn't: the response says that nothing was kept.
      return { ...response, headers: { ...response.headers, [exampleHeader]: "true" } };
    },
  };
}

/**
 * Names what is wrong with a request that the document does not allow. The declared example says the same of each.
 * A test that asks for the example with `Prefer` gets it.
 */
function tellWhy(request: MockRequest, response: MockResponse): MockResponse {
  const { refused = [], status } = response;
  if (refused.length === 0 || (status !== 400 && status !== 422) || request.headers.prefer !== undefined)
    return response;
  const body = refusalBody(response.status, refused);
  return { ...response, body, headers: { "content-type": "application/json" } };
}

/** The code of RFC 6750, section 3.1, in the document's shape. */
const unknownToken: MockResponse = {
  status: 401,
  headers: { "content-type": "application/json", "www-authenticate": 'Bearer error="invalid_token"' },
  body: { error: "invalid_token" },
  violations: [],
};

/** `client.warmup()` opens its connection with a HEAD of the base path, whatever the response. */
function isWarmup({ method, url }: MockRequest): boolean {
  return method === "HEAD" && url.path === basePath;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const nothingThere: MockResponse = { status: 404, headers: {}, body: undefined, violations: [] };

function isForApi({ url }: MockRequest): boolean {
  return url.path.startsWith(`${basePath}/`);
}

function withinApi(request: MockRequest): MockRequest {
  return { ...request, url: { ...request.url, path: request.url.path.slice(basePath.length) } };
}

function firstValues(query: MockRequest["url"]["query"]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat()[0] ?? ""]));
}
