import { InvalidRequestError } from "./errors.ts";

/** @throws {InvalidRequestError} for no way to read a body, which would show only when the response is there. */
export function checkParseAs(parseAs: string | null): void {
  if (/^(json|text|blob|arrayBuffer|stream)$/.test(String(parseAs))) return;
  throw new InvalidRequestError(
    'parseAs must be "json", "text", "blob", "arrayBuffer" or "stream". Nothing was sent.',
  );
}
