import type { paths } from "../generated/schema.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

type MethodsOf<Path> = {
  [Name in Method]: Path extends { readonly [Own in Name]: object } ? Uppercase<Name> : never;
}[Method];

/**
 * An operation of the API, such as `"POST /orders"` or `"GET /orders/{orderId}"`.
 *
 * @example
 * ```ts
 * import type { ApiOperation } from "juniper-fulfillment/testing";
 *
 * const reads: ApiOperation[] = ["GET /orders", "GET /orders/{orderId}"];
 * console.log(reads.length);
 * ```
 */
export type ApiOperation = {
  [Path in keyof paths & string]: `${MethodsOf<paths[Path]>} ${Path}`;
}[keyof paths & string];

/**
 * An operation that the mock serves: those of the API, and the token endpoint.
 *
 * @example
 * ```ts
 * import { createMock, type MockOperation } from "juniper-fulfillment/testing";
 *
 * const operation: MockOperation = "POST /oauth2/token";
 * createMock().fault(operation, { status: 503 });
 * ```
 */
export type MockOperation = ApiOperation | "POST /oauth2/token";

/** The operation that a request belongs to, with its path parameters. */
export interface Route {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the operation of a request among `operations`, by method and path (without the base path). */
export function createRouter(
  operations: readonly string[],
): (method: string, path: string) => Route | undefined {
  const routes = operations.map((operation) => ({ operation, pattern: patternOf(operation) }));
  // A path without parameters takes precedence over a matching template.
  routes.sort((a, b) => Number(a.operation.includes("{")) - Number(b.operation.includes("{")));
  return (method, path) => {
    for (const { operation, pattern } of routes) {
      const match = pattern.exec(`${method} ${path}`);
      if (match !== null) return { operation, parameters: decodeAll(match.groups ?? {}) };
    }
    return undefined;
  };
}

function patternOf(operation: string): RegExp {
  const source = operation.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return new RegExp(`^${source}$`);
}

function decodeAll(groups: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value)]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
