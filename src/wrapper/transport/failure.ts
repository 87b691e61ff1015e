/**
 * Whether a request that failed may have reached the server. This is the one place that decides it.
 *
 * The node transport knows when undici begins to write: what fails before was not sent. For the rest, and for
 * every other fetch, the code of the error decides. It stands on the error, on its cause (`TypeError: fetch
 * failed`), or on each of several (`AggregateError`, when every address of a host was tried).
 *
 * | code                                              | raised when                             | request    |
 * |---------------------------------------------------|-----------------------------------------|------------|
 * | ECONNREFUSED                                      | nothing listens at the address          | not sent   |
 * | ENOTFOUND, EAI_AGAIN, EAI_FAIL                    | the host name has no address            | not sent   |
 * | EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL          | there is no route                       | not sent   |
 * | ETIMEDOUT in `connect`, UND_ERR_CONNECT_TIMEOUT   | the connection was not answered in time | not sent   |
 * | ConnectionRefused, FailedToOpenSocket             | older Bun's names for the first two     | not sent   |
 * | none, and "client error (Connect)" in the message | Deno's for all of the above             | not sent   |
 * | CERT_…, ERR_TLS_CERT_…, DEPTH_ZERO_…, SELF_SIGNED_…, UNABLE_TO_… | TLS did not trust the server | not sent   |
 * | ECONNRESET, EPIPE, ETIMEDOUT, UND_ERR_SOCKET      | the connection broke                    | maybe sent |
 * | UND_ERR_HEADERS_TIMEOUT, UND_ERR_BODY_TIMEOUT     | the answer did not come in time         | maybe sent |
 * | HPE_…, UND_ERR_RES_CONTENT_LENGTH_MISMATCH        | the answer is not valid HTTP            | maybe sent |
 * | none, on an HTTPParserError of some undici 7      | the answer is not valid HTTP            | maybe sent |
 * | anything else, and no code at all                 | unknown                                 | maybe sent |
 */
export function failedBeforeSending(error: unknown): boolean {
  const failures = rootCauses(error);
  return failures.length > 0 && failures.every(isConnectFailure);
}

const connectCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);

const certificateCodes = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

function isConnectFailure({ code, syscall, message }: Failure): boolean {
  // The words of hyper, which carries Deno's requests. Its errors have no code.
  if (typeof code !== "string") return String(message).includes("client error (Connect)");
  return (
    connectCodes.has(code) || certificateCodes.test(code) || (code === "ETIMEDOUT" && syscall === "connect")
  );
}

interface Failure {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
}

/** Errors that name a cause of the same kind are only its wrapping. */
function rootCauses(error: unknown): Failure[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(rootCauses);
  if (!(error instanceof Error)) return [{}];
  if (!("code" in error) && error.cause !== undefined) return rootCauses(error.cause);
  return [error];
}

/**
 * What a failure can be told of as a cause. The errors of transports carry more than that: undici's parser errors
 * hold the bytes of the answer, a caller's fetch may hang the whole request on its own, and either may name a URL.
 */
export function describeFailure(error: unknown): Error {
  const [first] = rootCauses(error);
  const { name, message, code } = first as { name?: unknown; message?: unknown; code?: unknown };
  const cause = new Error(
    typeof code === "string" ? String(message) : "The transport failed without a code.",
  );
  cause.name = typeof name === "string" ? name : "Error";
  return typeof code === "string" ? Object.assign(cause, { code }) : cause;
}
