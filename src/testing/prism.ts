import { createRequire } from "node:module";
import { ConfigurationError } from "../wrapper/errors.ts";

/** A request in the form that Prism validates. */
export interface PrismRequest {
  readonly method: string;
  readonly url: { readonly path: string; readonly query: Readonly<Record<string, string | string[]>> };
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Prism's answer. */
export interface PrismAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What the document does not allow in the request: `request.body.customer.address must have property zip`. */
  readonly violations: readonly string[];
}

/** Validates requests against one document, and answers them with its examples. */
export type Prism = (request: PrismRequest) => Promise<PrismAnswer>;

interface Violation {
  readonly path?: readonly string[];
  readonly message: string;
  readonly severity: number;
}

/** As much of @stoplight/prism-http as is called here. */
interface PrismHttp {
  getHttpOperationsFromSpec(document: string): Promise<object[]>;
  createInstance(
    config: object,
    components: { logger: object },
  ): {
    request(input: object, operations: object[], config: object): () => Promise<Outcome>;
  };
}

type Outcome =
  | {
      readonly _tag: "Right";
      readonly right: {
        readonly output: { statusCode: number; headers?: Record<string, string>; body?: unknown };
        readonly validations: { input: readonly Violation[]; output: readonly Violation[] };
      };
    }
  | {
      readonly _tag: "Left";
      readonly left: Error & {
        status?: number;
        detail?: string;
        additional?: { headers?: Record<string, string> };
      };
    };

/**
 * Loads Prism's engine through the `@stoplight/prism-cli` that the project has installed, and so in the version
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

/** Readies Prism for the document at `path`. */
export async function createPrism(path: string): Promise<Prism> {
  const prismHttp = loadPrism();
  const operations = await prismHttp.getHttpOperationsFromSpec(path);
  const config = {
    isProxy: false,
    checkSecurity: true,
    validateRequest: true,
    validateResponse: true,
    errors: false,
    mock: { dynamic: false, ignoreExamples: false },
  };
  const instance = prismHttp.createInstance(config, { logger: silentLogger });
  return async (request) => {
    const input = { ...request, method: request.method.toLowerCase() };
    const preferences = readPreferences(request.headers.prefer);
    const outcome = await instance.request(input, operations, {
      ...config,
      mock: { ...config.mock, ...preferences },
    })();
    return outcome._tag === "Right" ? readAnswer(outcome.right) : readProblem(outcome.left);
  };
}

function readAnswer({ output, validations }: Extract<Outcome, { _tag: "Right" }>["right"]): PrismAnswer {
  return {
    status: output.statusCode,
    headers: { "content-type": "application/json", ...output.headers },
    body: output.body,
    violations: [
      ...validations.input.map((violation) => describe("request", violation)),
      ...validations.output.map((violation) => describe("response", violation)),
    ],
  };
}

/** Prism's own refusal, of a request without a route or without a token. */
function readProblem({
  status = 500,
  name,
  message,
  detail,
  additional,
}: Extract<Outcome, { _tag: "Left" }>["left"]): PrismAnswer {
  return {
    status,
    headers: { ...additional?.headers, "content-type": "application/problem+json" },
    body: { type: name, title: message, status, detail },
    violations: [`request: ${message}${detail ? ` (${detail})` : ""}`],
  };
}

function describe(side: string, { path = [], message }: Violation): string {
  return `${[side, ...path].join(".")} ${message}`;
}

/** `Prefer: code=422, example=name, dynamic=true` (RFC 7240), by which a test chooses the answer. */
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
