import { createRequire } from "node:module";
import { ConfigurationError } from "../wrapper/errors.ts";
import type { RequestViolation } from "./refused-request.ts";

/** A request in the form that Prism validates. */
export interface PrismRequest {
  readonly method: string;
  readonly url: { readonly path: string; readonly query: Readonly<Record<string, string | string[]>> };
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Prism's response. */
export interface PrismResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What the document does not allow in the request: `request.body.customer.address must have property zip`. */
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
export interface Prism {
  /** The document's operations, such as `GET /orders/{orderId}`. */
  readonly operations: readonly string[];
  /** Responds with the document's example, or with the declared error where the document does not allow the request. */
  example(request: PrismRequest): Promise<PrismResponse>;
  /**
   * Calls `respond` once, for a request that the document allows. Its response is validated too, unless the
   * document does not declare its status. Other requests, and those for which `respond` returns undefined, get the example.
   */
  respond(request: PrismRequest, respond: () => OwnResponse | undefined): Promise<PrismResponse>;
}

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
    additional?: { headers?: Record<string, string>; validation?: readonly RefusedPart[] };
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
      "The mock server needs Prism. Install it with `npm install --save-dev @stoplight/prism-cli@5.14.2`.",
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
export async function createPrism(path: string): Promise<Prism> {
  const prismHttp = loadPrism();
  const operations = await prismHttp.getHttpOperationsFromSpec(path);
  const withExamples = prismHttp.createInstance(config, { logger: silentLogger });
  const withResponses = prismHttp.createInstance(config, { logger: silentLogger, mock: respondOurselves });
  const example = async (request: PrismRequest): Promise<PrismResponse> => {
    const mock = { dynamic: false, ignoreExamples: false, ...readPreferences(request.headers.prefer) };
    const outcome = await withExamples.request(inputOf(request), operations, { ...config, mock })();
    return outcome._tag === "Right" ? readResponse(outcome.right) : readProblem(outcome.left);
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
      return readResponse({ output: outcome.right.output, validations: { input, output: faults } });
    },
  };
}

function inputOf(request: PrismRequest): object {
  return { ...request, method: request.method.toLowerCase() };
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

function readResponse({ output, validations }: Validated): PrismResponse {
  const errors = validations.input.filter(({ severity }) => severity === errorSeverity);
  return {
    ...(errors.length > 0 && { refused: errors.map(readViolation) }),
    status: output.statusCode,
    headers: { "content-type": "application/json", ...output.headers },
    body: output.body,
    violations: [
      ...validations.input.map((violation) => describe("request", violation)),
      ...validations.output.map((violation) => describe("response", violation)),
    ],
  };
}

/** Prism's own refusal: no route, no token, or a fault for which the document declares no response. */
function readProblem({ status = 500, name, message, detail, additional }: Refused["left"]): PrismResponse {
  const refused = additional?.validation?.map(({ location, ...rest }) =>
    readViolation({ ...(location && { path: location }), ...rest }),
  );
  return {
    ...(refused && { refused }),
    status,
    headers: { ...additional?.headers, "content-type": "application/problem+json" },
    body: { type: name, title: message, status, detail },
    violations: additional?.validation?.map(({ location = [], message: what }) =>
      describe("request", { path: location, message: what }),
    ) ?? [`request: ${message}${detail ? ` (${detail})` : ""}`],
  };
}

function readViolation({ path = [], code = "", message }: Omit<Violation, "severity">): RequestViolation {
  return { path, keyword: code, message };
}

function describe(side: string, { path = [], message }: Pick<Violation, "path" | "message">): string {
  return `${[side, ...path].join(".")} ${message}`;
}

/** `Prefer: code=422, example=name, dynamic=true` (RFC 7240), by which a test chooses the response. */
function readPreferences(header: string | undefined): {
  code?: number;
  exampleKey?: string;
  dynamic?: boolean;
} {
  const pairs = (header ?? "").split(/[,;]/).map((pair) => pair.split("=").map((part) => part.trim()));
  const { code, example, dynamic } = Object.fromEntries(pairs) as Record<string, string | undefined>;
  return {
    ...(code && /^\d{3}$/.test(code) && { code: Number(code) }),
    ...(example && { exampleKey: example }),
    ...(dynamic && { dynamic: dynamic === "true" }),
  };
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
