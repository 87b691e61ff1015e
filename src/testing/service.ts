import type { House } from "./house/house.ts";
import { createRouter, type Route } from "./operations.ts";
import type { Prism, PrismAnswer, PrismRequest } from "./prism.ts";
import type { TokenDesk } from "./token-desk.ts";

/** What is behind the server: it says which operation a request belongs to, and answers it. */
export interface Service {
  /** Every operation that there is. */
  readonly operations: readonly string[];
  route(request: PrismRequest): Route | undefined;
  /** Carries a request out. */
  answer(request: PrismRequest, route: Route | undefined): Promise<PrismAnswer>;
  /** What the document does not allow in a request, without carrying it out. */
  check(request: PrismRequest): Promise<readonly string[]>;
}

/** Both of the vendor's servers are behind one port: the API under its base path, and the token endpoint. */
export interface Documents {
  readonly api: Prism;
  readonly auth: Prism;
}

export const basePath = "/v1";
export const tokenPath = "/oauth2/token";

/** Answers with the documents' examples. */
export function createExamples({ api, auth }: Documents): Service {
  const [routeApi, routeAuth] = [createRouter(api.operations), createRouter(auth.operations)];
  const example = async (request: PrismRequest): Promise<PrismAnswer> => {
    if (isWarmup(request)) return nothingThere;
    return isForApi(request) ? api.example(withinApi(request)) : auth.example(request);
  };
  return {
    operations: [...api.operations, ...auth.operations],
    route: (request) =>
      isForApi(request)
        ? routeApi(request.method, withinApi(request).url.path)
        : routeAuth(request.method, request.url.path),
    answer: example,
    check: async (request) => (await example(request)).violations,
  };
}

/**
 * Answers with what the house does.
 *
 * - The documents are asked first: what they do not allow gets their declared error, and changes nothing.
 * - A token that was not issued, or is no longer good, is refused before that.
 * - A request that names an answer with `Prefer: code=422` gets that example, and changes nothing.
 */
export function createHouseService(documents: Documents, house: House, tokens: TokenDesk): Service {
  const examples = createExamples(documents);
  return {
    ...examples,
    async answer(request, route) {
      if (request.headers.prefer !== undefined || route === undefined) return examples.answer(request, route);
      if (!isForApi(request)) return documents.auth.answer(request, () => tokens.issue(String(request.body)));
      const { authorization } = request.headers;
      // Prism refuses what is no bearer token at all.
      if (/^Bearer ./i.test(authorization ?? "") && !tokens.accepts(authorization)) return unknownToken;
      return documents.api.answer(withinApi(request), () =>
        house.carryOut(route.operation, {
          parameters: route.parameters,
          query: firstValues(request.url.query),
          body: request.body,
        }),
      );
    },
  };
}

/** The code of RFC 6750, section 3.1, in the document's shape. */
const unknownToken: PrismAnswer = {
  status: 401,
  headers: { "content-type": "application/json", "www-authenticate": 'Bearer error="invalid_token"' },
  body: { error: "invalid_token" },
  violations: [],
};

/** `client.warmup()` opens its connection by asking for the base path itself, whatever the answer. */
function isWarmup({ method, url }: PrismRequest): boolean {
  return method === "HEAD" && url.path === basePath;
}

const nothingThere: PrismAnswer = { status: 404, headers: {}, body: undefined, violations: [] };

function isForApi({ url }: PrismRequest): boolean {
  return url.path.startsWith(`${basePath}/`);
}

function withinApi(request: PrismRequest): PrismRequest {
  return { ...request, url: { ...request.url, path: request.url.path.slice(basePath.length) } };
}

function firstValues(query: PrismRequest["url"]["query"]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat()[0] ?? ""]));
}
