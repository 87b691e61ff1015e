import {
  checks,
  type DocumentTable,
  type OperationTable,
  type ResponseTable,
} from "../generated/mock-documents.ts";
import { checkRequest, faultsOf } from "./compiled-request.ts";
import type { RequestViolation } from "./refused-request.ts";
import {
  describeViolation,
  type MockRequest,
  type MockResponse,
  problem,
  readPreferences,
  type ServedDocument,
  undeclaredStatus,
} from "./served-document.ts";

/**
 * Serves a document that was compiled when the package was generated: no package is needed. It does what Prism does
 * with the same document, and a suite holds the two to each other.
 */
export function createCompiledDocument(table: DocumentTable): ServedDocument {
  const find = createFinder(table);
  const example = async (request: MockRequest): Promise<MockResponse> => {
    const found = find(request);
    if (typeof found === "string") return problem(found);
    const violations = checkRequest(found.operation, request, found.parameters);
    return violations.length > 0
      ? refuse(found.operation, violations)
      : chooseExample(found.operation, request);
  };
  return {
    operations: Object.keys(table),
    example,
    async respond(request, respond) {
      const found = find(request);
      if (typeof found === "string") return problem(found);
      if (checkRequest(found.operation, request, found.parameters).length > 0) return example(request);
      const own = respond();
      if (own === undefined) return example(request);
      const { status, body } = own;
      const declared = declaredFor(found.operation, status)?.response;
      // Any status may go wrong, but a success that nobody declared is a fault.
      const isFault = declared === undefined && status >= 200 && status < 300;
      const violations = isFault
        ? [describeViolation("response", undeclaredStatus)]
        : checkResponse(declared, body);
      return { status, headers: { "content-type": "application/json" }, body, violations };
    },
  };
}

interface Found {
  readonly operation: OperationTable;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the operation of a request. A path without parameters takes precedence over a matching template. */
function createFinder(table: DocumentTable): (request: MockRequest) => Found | "noPath" | "noMethod" {
  const routes = Object.entries(table).map(([key, operation]) => {
    const [method = "", path = ""] = key.split(" ");
    return { method, parts: path.split("/"), operation };
  });
  const templated = (parts: readonly string[]): number => parts.filter(isTemplate).length;
  routes.sort((a, b) => templated(a.parts) - templated(b.parts));
  return ({ method, url }) => {
    const asked = url.path.split("/").map(decode);
    const paths = routes.filter(
      ({ parts }) =>
        parts.length === asked.length &&
        parts.every((part, index) => isTemplate(part) || part === asked[index]),
    );
    if (paths.length === 0) return "noPath";
    const route = paths.find((one) => one.method === method);
    if (route === undefined) return "noMethod";
    const parameters = route.parts.flatMap((part, index) =>
      isTemplate(part) ? [[part.slice(1, -1), asked[index] ?? ""]] : [],
    );
    return { operation: route.operation, parameters: Object.fromEntries(parameters) };
  };
}

function isTemplate(part: string): boolean {
  return part.startsWith("{") && part.endsWith("}");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The declared error, or a problem where the document declares none. */
function refuse(operation: OperationTable, refused: readonly RequestViolation[]): MockResponse {
  const has = (keyword: string): boolean => refused.some((violation) => violation.keyword === keyword);
  const [kind, statuses] = has("token")
    ? (["noToken", [401]] as const)
    : has("mediaType")
      ? (["mediaType", [415, 422, 400]] as const)
      : (["invalid", [422, 400]] as const);
  const declared =
    statuses.map((status) => exactlyFor(operation, status)).find((one) => one !== undefined) ??
    defaultFor(operation, statuses[0]);
  if (declared === undefined) return kind === "invalid" ? problem(kind, refused) : problem(kind);
  const { violations, ...response } = exampleOf(declared, undefined);
  const found = refused.map((violation) => describeViolation("request", violation));
  return { ...response, refused, violations: [...found, ...violations] };
}

interface Declared {
  readonly status: number;
  readonly response: ResponseTable;
}

function exactlyFor({ responses }: OperationTable, status: number): Declared | undefined {
  const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
  return response && { status, response };
}

function defaultFor({ responses }: OperationTable, status: number): Declared | undefined {
  return responses.default && { status, response: responses.default };
}

function declaredFor(operation: OperationTable, status: number): Declared | undefined {
  return exactlyFor(operation, status) ?? defaultFor(operation, status);
}

/** The response that `Prefer` asks for, or the first success. */
function chooseExample(operation: OperationTable, { headers }: MockRequest): MockResponse {
  const { code, example, dynamic } = readPreferences(headers.prefer);
  if (dynamic === true) return problem("notDynamic");
  const declared = code === undefined ? firstSuccess(operation) : declaredFor(operation, code);
  if (declared === undefined) return problem("notDeclared");
  const { contentType, examples = {} } = declared.response;
  if (contentType !== undefined && !accepts(headers.accept, contentType)) return problem("notAcceptable");
  if (example !== undefined && !Object.hasOwn(examples, example)) return problem("notDeclared");
  return exampleOf(declared, example);
}

function firstSuccess(operation: OperationTable): Declared | undefined {
  const codes = Object.keys(operation.responses);
  const code = codes.filter((one) => /^2(\d\d|XX)$/.test(one)).sort()[0] ?? codes[0] ?? "200";
  return declaredFor(operation, code === "default" ? 200 : Number(code.replace("XX", "00")));
}

function exampleOf({ status, response }: Declared, name: string | undefined): MockResponse {
  const body = name === undefined ? response.example : response.examples?.[name];
  const headers = { ...response.headers, "content-type": response.contentType ?? "text/plain" };
  return { status, headers, body, violations: checkResponse(response, body) };
}

function checkResponse(response: ResponseTable | undefined, body: unknown): string[] {
  const check = checks[response?.check ?? ""];
  return faultsOf(check, body, "body").map((fault) => describeViolation("response", fault));
}

/** Whether an `Accept` header allows a media type (RFC 9110, section 12.5.1). */
function accepts(header: string | undefined, contentType: string): boolean {
  const [type = "", subtype = ""] = contentType.toLowerCase().split(/[/;]/);
  return (header ?? "*/*").split(",").some((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const isMatch = name === "*/*" || name === `${type}/*` || name === `${type}/${subtype}`;
    return isMatch && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
