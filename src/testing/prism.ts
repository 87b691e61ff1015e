import { createRequire } from "node:module";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { RequestViolation } from "./refused-request.ts";
import {
  describeViolation,
  type MockRequest,
  type MockResponse,
  type OwnResponse,
  type ProblemKind,
  problem,
  readPreferences,
  type ServedDocument,
  undeclaredStatus,
  violations,
} from "./served-document.ts";

interface Violation {
  readonly path?: readonly string[];
  readonly code?: string;
  readonly message: string;
  readonly severity: number;
}

/** As much of @stoplight/prism-http as is called here. */
interface PrismHttp {
  getHttpOperationsFromSpec(document: string): Promise<Operation[]>;
  createInstance(
    config: object,
    components: { logger: object; mock?: (call: MockCall) => () => Outcome<Output> },
  ): {
    request(input: object, operations: Operation[], config: object): () => Promise<Outcome<Validated>>;
  };
}

interface Operation {
  readonly method: string;
  readonly path: string;
}

/** What the component that responds is given. `config` is handed through as it stands. */
interface MockCall {
  readonly input: { readonly validations: readonly Violation[] };
  readonly config: { readonly respond: () => OwnResponse | undefined };
}

interface Output {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Validated {
  readonly output: Output;
  readonly validations: { readonly input: readonly Violation[]; readonly output: readonly Violation[] };
}

type Outcome<Value> = { readonly _tag: "Right"; readonly right: Value } | Refused;

interface Refused {
  readonly _tag: "Left";
  readonly left: Error & {
    status?: number;
    detail?: string;
    additional?: { validation?: readonly RefusedPart[] };
  };
}

/** A violation in a refusal of Prism's own. */
interface RefusedPart {
  readonly location?: readonly string[];
  readonly code?: string;
  readonly message: string;
}

/** Prism's severities: an error is the least, a status that the document doesn't declare a warning. */
const errorSeverity = 0;

/**
 * Loads Prism's engine through the `@stoplight/prism-cli` that the project has installed, to get the version
 * that belongs to it.
 *
 * @throws {ConfigurationError} when it is not installed.
 */
function loadPrism(): PrismHttp {
  try {
    const fromHere = createRequire(import.meta.url);
    return createRequire(fromHere.resolve("@stoplight/prism-cli/package.json"))("@stoplight/prism-http");
  } catch (cause) {
    throw new ConfigurationError(
      "The mock server needs Prism. Install it with `npm install --save-dev --save-exact @stoplight/prism-cli@5.14.2`.",
      { cause },
    );
  }
}

const config = {
  isProxy: false,
  checkSecurity: true,
  validateRequest: true,
  validateResponse: true,
  errors: false,
};

/** Prepares Prism for the document at `path`. */
export async function createPrism(path: string): Promise<ServedDocument> {
  const prismHttp = loadPrism();
  const operations = await prismHttp.getHttpOperationsFromSpec(path);
  const withExamples = prismHttp.createInstance(config, { logger: silentLogger });
  const withResponses = prismHttp.createInstance(config, { logger: silentLogger, mock: respondOurselves });
  const inPaths = operations.flatMap(({ path }) => path.match(/(?<=\{)[^{}]+(?=\})/g) ?? []);
  const example = async (request: MockRequest): Promise<MockResponse> => {
    const { example: exampleKey, ...preferences } = readPreferences(request.headers.prefer);
    const mock = { dynamic: false, ignoreExamples: false, ...preferences, ...(exampleKey && { exampleKey }) };
    const outcome = await withExamples.request(inputOf(request), operations, { ...config, mock })();
    const spelled = spellingsOf(request, inPaths);
    return outcome._tag === "Right"
      ? readResponse(outcome.right, spelled)
      : readProblem(outcome.left, spelled);
  };
  return {
    operations: operations.map((operation) => `${operation.method.toUpperCase()} ${operation.path}`),
    example,
    async respond(request, respond) {
      const mock = { respond };
      const outcome = await withResponses.request(inputOf(request), operations, { ...config, mock })();
      if (outcome._tag === "Left") return example(request);
      const { input, output } = outcome.right.validations;
      const faults = output.filter(({ severity }) => severity === errorSeverity);
      const validated = { output: outcome.right.output, validations: { input, output: faults } };
      return readResponse(validated, spellingsOf(request, inPaths));
    },
  };
}

/** The names of parameters, as they were sent or stand in the document, by those in lower case that Prism knows alone. */
type Spellings = ReadonlyMap<string, string>;

function spellingsOf({ url }: MockRequest, inPaths: readonly string[]): Spellings {
  return new Map([...inPaths, ...Object.keys(url.query)].map((name) => [name.toLowerCase(), name]));
}

function inputOf(request: MockRequest): object {
  const { headers } = request;
  // Prism fails at what is no media type, such as the list that two headers become. No operation takes it.
  const [type = ""] = headers["content-type"]?.split(";") ?? [];
  const isNone = type.trim() !== "" && !/^[\w!#$%&'*+.^|~-]+\/[\w!#$%&'*+.^|~-]+$/.test(type.trim());
  return {
    ...request,
    method: request.method.toLowerCase(),
    headers: isNone ? { ...headers, "content-type": "application/octet-stream" } : headers,
  };
}

/** Stands in for Prism's choice of an example. It comes after the validation of the request, and before that of the response. */
function respondOurselves({ input, config }: MockCall): () => Outcome<Output> {
  const isAllowed = !input.validations.some(({ severity }) => severity === errorSeverity);
  const response = isAllowed ? config.respond() : undefined;
  if (response === undefined) return () => ({ _tag: "Left", left: new Error("The example is wanted.") });
  const output = {
    statusCode: response.status,
    headers: { "content-type": "application/json" },
    body: response.body,
  };
  return () => ({ _tag: "Right", right: output });
}

function readResponse({ output, validations }: Validated, spelled: Spellings): MockResponse {
  const errors = validations.input.filter(({ severity }) => severity === errorSeverity);
  return {
    ...(errors.length > 0 && { refused: errors.map((error) => readViolation(error, spelled)) }),
    status: output.statusCode,
    headers: { "content-type": "application/json", ...lowerCased(output.headers) },
    body: output.body,
    violations: [
      ...validations.input.map((violation) =>
        describeViolation("request", readViolation(violation, spelled)),
      ),
      ...validations.output.map((violation) =>
        describeViolation("response", readViolation(violation, spelled)),
      ),
    ],
  };
}

function lowerCased(headers: Output["headers"] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The names of Prism's own refusals, each after `https://stoplight.io/prism/errors#`. */
const problemKinds: Readonly<Record<string, ProblemKind>> = {
  NO_PATH_MATCHED_ERROR: "noPath",
  NO_METHOD_MATCHED_ERROR: "noMethod",
  UNAUTHORIZED: "noToken",
  INVALID_CONTENT_TYPE: "mediaType",
  NOT_ACCEPTABLE: "notAcceptable",
  NOT_FOUND: "notDeclared",
  UNPROCESSABLE_ENTITY: "invalid",
};

/** Prism's own refusal: no route, no token, or a fault for which the document declares no response. */
function readProblem(
  { status = 500, name, message, detail, additional }: Refused["left"],
  spelled: Spellings,
): MockResponse {
  const refused = additional?.validation?.map(({ location, ...rest }) =>
    readViolation({ ...(location && { path: location }), ...rest }, spelled),
  );
  const kind = problemKinds[name.split("#")[1] ?? ""];
  if (kind !== undefined) return problem(kind, refused);
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: { type: name, title: message, status, detail },
    violations: [`request: ${message}${detail ? ` (${detail})` : ""}`],
  };
}

/** The same in our words, which do not say in the message where it is. */
function readViolation(
  { path = [], code = "", message }: Omit<Violation, "severity">,
  spelled: Spellings,
): RequestViolation {
  if (String(code) === "401") return violations.noToken;
  if (String(code) === "415") return violations.mediaType;
  if (path.length === 0 && code === "required") return violations.noBody;
  if (message.startsWith("Unable to match the returned status code"))
    return { ...undeclaredStatus, keyword: "" };
  const [place = "", ...rest] = path;
  const what = place === "body" ? "property" : "parameter";
  const subject = rest.length === 0 ? place : `${place} ${what} ${rest.join(".").trim()}`;
  const prefix = ["Request", "Response"]
    .map((side) => `${side} ${subject} `)
    .find((one) => message.startsWith(one));
  const isParameter = place === "query" || place === "path";
  const named = path.map((step, index) => (isParameter && index === 1 ? (spelled.get(step) ?? step) : step));
  return { path: named, keyword: code, message: message.slice(prefix?.length ?? 0) };
}

const ignore = (): void => {};
const silentLogger = {
  child: () => silentLogger,
  ...{
    fatal: ignore,
    error: ignore,
    warn: ignore,
    info: ignore,
    success: ignore,
    debug: ignore,
    trace: ignore,
  },
};
