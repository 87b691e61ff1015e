import {
  type Check,
  type CheckFault,
  checks,
  type OperationTable,
  type ParametersTable,
} from "../generated/mock-documents.ts";
import type { RequestViolation } from "./refused-request.ts";
import { type MockRequest, violations } from "./served-document.ts";

/** What the document does not allow in a request: of the token, the body, the headers, the query and the path. */
export function checkRequest(
  operation: OperationTable,
  request: MockRequest,
  pathParameters: Readonly<Record<string, string>>,
): RequestViolation[] {
  const isSignedIn = /^Bearer\s.+$/.test(request.headers.authorization ?? "");
  return [
    ...(operation.needsToken && !isSignedIn ? [violations.noToken] : []),
    ...checkBody(operation, request),
    ...checkParameters("header", operation.header, request.headers),
    ...checkParameters("query", operation.query, request.url.query),
    ...checkParameters("path", operation.path, pathParameters),
  ];
}

/** The faults that a check finds in a value. */
export function faultsOf(check: Check | undefined, value: unknown, place: string): RequestViolation[] {
  if (check === undefined || check(value)) return [];
  return (check.errors ?? []).map((fault) => ({
    path: [place, ...fault.instancePath.split("/").filter((part) => part !== "")],
    keyword: fault.keyword,
    message: messageOf(fault),
  }));
}

/** Ajv's message, with the values or the name that it leaves out. Values of the request are never among them. */
function messageOf({ message = "", params }: CheckFault): string {
  const { allowedValues, additionalProperty } = params;
  const allowed = Array.isArray(allowedValues) ? `: ${allowedValues.join(", ")}` : "";
  const found = typeof additionalProperty === "string" ? `; found '${additionalProperty}'` : "";
  return `${message}${allowed}${found}`;
}

function checkBody({ body: declared }: OperationTable, { body, headers }: MockRequest): RequestViolation[] {
  if (declared?.required && !body) return [violations.noBody];
  const type = headers["content-type"] === undefined ? undefined : essenceOf(headers["content-type"]);
  const contents = Object.entries(declared?.contents ?? {});
  const found = contents.find(([name]) => type !== undefined && matches(type, essenceOf(name)));
  if (Number.parseInt(headers["content-length"] ?? "0", 10) > 0) {
    const isTaken = declared !== undefined && (type === undefined || found !== undefined);
    if (!isTaken) return [violations.mediaType];
  }
  const [name, media] = found ?? contents[0] ?? [];
  if (media === undefined || body === null || body === undefined) return [];
  const isForm = media.fields !== undefined && name === type && typeof body === "string";
  return faultsOf(checks[media.check ?? ""], isForm ? readForm(body, media.fields) : body, "body");
}

function readForm(body: string, fields: readonly string[]): Record<string, string> {
  const form = new URLSearchParams(body);
  return Object.fromEntries(
    fields.flatMap((field) =>
      form
        .getAll(field)
        .slice(-1)
        .map((value) => [field, value]),
    ),
  );
}

/** A media type without its parameters, and without what comes before `+json`. */
function essenceOf(contentType: string): string {
  return (contentType.split(";")[0] ?? "")
    .trim()
    .toLowerCase()
    .replace(/\/.+\+/, "/");
}

function matches(type: string, range: string): boolean {
  return range === type || range === "*/*" || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));
}

function checkParameters(
  place: string,
  declared: ParametersTable | undefined,
  values: Readonly<Record<string, string | readonly string[]>>,
): RequestViolation[] {
  if (declared === undefined) return [];
  const sent = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  const parameters = declared.names.flatMap((name) => {
    const value = sent.get(name);
    // An empty parameter counts as none.
    return value === undefined || value === "" ? [] : [[name, readList(value, declared.lists?.[name])]];
  });
  const spelled = new Map(Object.keys(values).map((name) => [name.toLowerCase(), name]));
  return faultsOf(checks[declared.check], Object.fromEntries(parameters), place).map((fault) => ({
    ...fault,
    path: fault.path.map((step, index) => (index === 1 ? (spelled.get(step) ?? step) : step)),
  }));
}

/** The items of a list; anything else as it was sent. */
function readList(value: string | readonly string[], separator: string | null | undefined): unknown {
  if (separator === undefined) return value;
  const values = [value].flat();
  return separator === null ? values : (values.at(-1) ?? "").split(separator);
}
