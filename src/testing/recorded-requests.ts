import type { Fault } from "./fault-scripts.ts";

/**
 * A request that the mock received.
 *
 * @example
 * ```ts
 * import { createMock, type RecordedRequest } from "juniper-fulfillment/testing";
 *
 * const isOrder = ({ operation }: RecordedRequest): boolean => operation === "POST /orders";
 * console.log(createMock().requests.filter(isOrder).length);
 * ```
 */
export interface RecordedRequest {
  /** The method in upper case. */
  readonly method: string;
  /** The path as sent, with its base path and query. */
  readonly path: string;
  /** The operation that it belongs to, such as `POST /orders`, or undefined for none. */
  readonly operation: string | undefined;
  /** Headers by their lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON, a string for anything else, or null for none. */
  readonly body: unknown;
  /** Where it or its response breaks the published document, as the validator reports it. */
  readonly violations: readonly string[];
  /** The fault that was applied to it. */
  readonly fault: Fault | undefined;
  /** The status of the response, or undefined when the connection was closed instead. */
  readonly status: number | undefined;
  /** The body of the response, as it was sent. */
  readonly responseBody: unknown;
}

/**
 * Throws when a request or its response breaks the published document.
 *
 * @throws {Error} with each such request and what is wrong with it.
 */
export function expectNoViolations(requests: readonly RecordedRequest[]): void {
  const faulty = requests.filter(({ violations }) => violations.length > 0);
  if (faulty.length === 0) return;
  const lines = faulty.map(
    ({ method, path, violations }) => `${method} ${path}\n  ${violations.join("\n  ")}`,
  );
  throw new Error(
    `${faulty.length} of ${requests.length} requests break the published document:\n${lines.join("\n")}`,
  );
}
