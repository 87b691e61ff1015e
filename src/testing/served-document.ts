import type { RequestViolation } from "./refused-request.ts";

/** A request as a document is asked about it. */
export interface MockRequest {
  readonly method: string;
  readonly url: { readonly path: string; readonly query: Readonly<Record<string, string | string[]>> };
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, a string for anything else, null for none. */
  readonly body: unknown;
}

/** A response of the mock. */
export interface MockResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What the document does not allow: `request.body.customer.address must have required property 'zip'`. */
  readonly violations: readonly string[];
  /** What the document does not allow in the request, where the response is the refusal of that request. */
  readonly refused?: readonly RequestViolation[];
}

/** A response of our own to a request that the document allows. */
export interface OwnResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Validates requests, and responses of our own, against one document. */
export interface ServedDocument {
  /** The document's operations, such as `GET /orders/{orderId}`. */
  readonly operations: readonly string[];
  /** Responds with the document's example, or with the declared error where the document does not allow the request. */
  example(request: MockRequest): Promise<MockResponse>;
  /**
   * Calls `respond` once, for a request that the document allows. Its response is validated too, unless the
   * document does not declare its status. Other requests, and those for which `respond` returns undefined, get the example.
   */
  respond(request: MockRequest, respond: () => OwnResponse | undefined): Promise<MockResponse>;
}

/** A violation in one line. */
export function describeViolation(
  side: "request" | "response",
  { path, message }: Pick<RequestViolation, "path" | "message">,
): string {
  return `${[side, ...path].join(".")} ${message}`;
}

/** What is wrong with a request as a whole, in the words of both mocks. */
export const violations: Readonly<Record<"noToken" | "noBody" | "mediaType", RequestViolation>> = {
  noToken: { path: [], keyword: "token", message: "has no bearer token" },
  noBody: { path: [], keyword: "required", message: "has no body" },
  mediaType: {
    path: [],
    keyword: "mediaType",
    message: "has a body of a media type that the operation does not take",
  },
};

/** The one fault of a response that is not in its body. */
export const undeclaredStatus: Pick<RequestViolation, "path" | "message"> = {
  path: [],
  message: "has a status that the operation does not declare",
};

/** Why there is a response that the document does not declare. */
export type ProblemKind =
  | "malformedPath"
  | "noPath"
  | "noMethod"
  | "noToken"
  | "mediaType"
  | "notAcceptable"
  | "notDeclared"
  | "invalid"
  | "notDynamic";

const problems: Readonly<Record<ProblemKind, readonly [status: number, title: string]>> = {
  malformedPath: [400, "The path has a percent sign that encodes nothing."],
  noPath: [404, "There is no such path."],
  noMethod: [405, "The path has no such method."],
  noToken: [401, "The request has no bearer token."],
  mediaType: [415, "The operation does not take a body of this media type."],
  notAcceptable: [406, "The operation has no response of an accepted media type."],
  notDeclared: [404, "The operation does not declare the response that Prefer asks for."],
  invalid: [422, "The document does not allow the request."],
  notDynamic: [501, "Only startMockServer makes dynamic responses: they need Prism."],
};

/** A response that the document does not declare (RFC 9457). */
export function problem(kind: ProblemKind, refused?: readonly RequestViolation[]): MockResponse {
  const [status, title] = problems[kind];
  return {
    ...(refused && { refused }),
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(kind === "noToken" && { "www-authenticate": "Bearer" }),
    },
    body: { title, status },
    violations: refused?.map((violation) => describeViolation("request", violation)) ?? [`request: ${title}`],
  };
}

/** `Prefer: code=422, example=name, dynamic=true` (RFC 7240), by which a test chooses the response. */
export interface Preferences {
  readonly code?: number;
  readonly example?: string;
  readonly dynamic?: boolean;
}

export function readPreferences(header: string | undefined): Preferences {
  const pairs = (header ?? "").split(/[,;]/).map((pair) => pair.split("=").map((part) => part.trim()));
  const { code, example, dynamic } = Object.fromEntries(pairs) as Record<string, string | undefined>;
  return {
    ...(code && /^\d{3}$/.test(code) && { code: Number(code) }),
    ...(example && { example }),
    ...(dynamic && { dynamic: dynamic === "true" }),
  };
}
