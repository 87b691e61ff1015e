import { pathTemplates } from "../../generated/privacy.ts";

/** What is said of a path that isn't the document's. */
const unknownPath = "(unknown path)";

/**
 * The path of a call as it may be shown. Types let nobody pass another one than the document's; who evades them may have
 * put anything into it.
 */
export function templateOf(path: string): string {
  return pathTemplates.split(" ").includes(path) ? path : unknownPath;
}

/**
 * The method of a call as it may be shown: one of HTTP's, and of any other word what OpenTelemetry calls it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function methodOf(method: string): string {
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)$/.test(method) ? method : "_OTHER";
}
