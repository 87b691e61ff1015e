/**
 * Whether a request that failed on a fetch function may have reached the server.
 *
 * The node transport needs none of this: it knows whether undici had begun to write. A fetch says only what its error
 * says. A code alone proves nothing: an established connection ends with EHOSTUNREACH or ETIMEDOUT too. What counts is
 * an error of a stage that comes before the first byte of the request, and that names the host that was asked, where
 * it names one. It stands on the error, on its cause (`TypeError: fetch failed`), or on each of several
 * (`AggregateError`, when every address of a host was tried).
 *
 * | on       | what the error has                                        | stage            | request    |
 * |----------|-----------------------------------------------------------|------------------|------------|
 * | Node     | `syscall: "connect"`, the URL's port, and its address if it has one | connect | not sent   |
 * | Node     | `UND_ERR_CONNECT_TIMEOUT`, and no other host or port in its message | connect | not sent   |
 * | Node, Bun | `syscall: "getaddrinfo"`, and the URL's host name        | name look-up     | not sent   |
 * | Node, Bun | CERT_…, ERR_TLS_CERT_…, DEPTH_ZERO_…, SELF_SIGNED_…, UNABLE_TO_… | certificate | not sent   |
 * | Bun      | "Unable to connect" and the URL; older: `ConnectionRefused`, `FailedToOpenSocket` | connect | not sent |
 * | Deno     | "client error (Connect)" and the URL                      | all of the above | not sent   |
 * | Node     | ECONNRESET, ERR_SSL_… or EPROTO in the TLS handshake      | can't be told    | maybe sent |
 * | Bun      | ECONNRESET or EPROTO in the TLS handshake                 | can't be told    | maybe sent |
 * | workerd  | "Network connection lost.", "internal error"              | can't be told    | maybe sent |
 * | browsers | "Failed to fetch" and the like                            | can't be told    | maybe sent |
 * | any      | ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH of a `read` or `write`, UND_ERR_SOCKET | after it | maybe sent |
 * | any      | UND_ERR_HEADERS_TIMEOUT, UND_ERR_BODY_TIMEOUT, HPE_…, anything else | after it, or unknown | maybe sent |
 *
 * An untrusted certificate names no host at all, and the address of a host says nothing of its name. So nothing is concluded
 * from the errors of a fetch that may talk to others, or try again (see choose-transport.ts).
 *
 * A proxy's address is not the URL's: when the proxy can't be reached, Node's fetch counts as maybe sent.
 */
export function failedBeforeSending(error: unknown, url: string): boolean {
  const failures = rootCauses(error);
  return failures.length > 0 && failures.every((failure) => isConnectFailure(failure, new URL(url)));
}

/** They are raised while the certificate is checked, which ends the handshake. One that is of another name has a `host`. */
const certificateCodes = /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

function isConnectFailure(failure: Failure, url: URL): boolean {
  const { code, syscall, address, port, host, hostname, path } = failure;
  const message = String(failure.message);
  if (syscall === "connect") return isAddressOf(url, address ?? hostOf(url), port);
  if (syscall === "getaddrinfo") return hostname === url.hostname;
  if (typeof code === "string") {
    if (code === "UND_ERR_CONNECT_TIMEOUT")
      return [...message.matchAll(/(\S+):(\d+),/g)].every(([, name, at]) => isAddressOf(url, name, at));
    if (certificateCodes.test(code)) return host === undefined || host === hostOf(url);
    const isConnect =
      /^(ConnectionRefused|FailedToOpenSocket)$/.test(code) || /\bUnable to connect\b/.test(message);
    return isConnect && namesOrigin(path, url);
  }
  // The words of hyper, which carries Deno's requests. A URL has no blanks, so it can't bring them.
  return message.includes("client error (Connect)") && namesOrigin(message, url);
}

/** Of a host that the URL names, an address may be any: the port alone can tell it from another. */
function isAddressOf(url: URL, address: unknown, port: unknown): boolean {
  const host = hostOf(url);
  return Number(port) === portOf(url) && (address === host || (isAddress(address) && !isAddress(host)));
}

function isAddress(host: unknown): boolean {
  return /^[\d.]+$|:/.test(String(host));
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function namesOrigin(text: unknown, { origin }: URL): boolean {
  return String(text).includes(`${origin}/`);
}

interface Failure {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly host?: unknown;
  readonly hostname?: unknown;
  readonly path?: unknown;
}

/** Errors that name a cause of the same kind are only its wrapping. A chain that is too long is a ring. */
function rootCauses(error: unknown, depth = 0): Failure[] {
  if (!(error instanceof Error) || depth > 8) return [{}];
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.flatMap((inner) => rootCauses(inner, depth + 1));
  if (!("code" in error) && error.cause !== undefined) return rootCauses(error.cause, depth + 1);
  return [error];
}

/** Codes of Node, undici and OpenSSL, whose messages name hosts at most. */
const platformCodes = /^(UND_ERR_|ERR_(SSL|TLS|HTTP2|STREAM|SOCKET)_|HPE_)/;

/**
 * The parts of a failure that are safe to expose as `cause`. The errors of transports carry more than that: undici's
 * parser errors hold the bytes of the response, and those of a caller's fetch may hold the whole request, or name a URL
 * in their message.
 */
export function describeFailure(error: unknown): Error {
  const [{ name, message, code, syscall } = {}] = rootCauses(error) as (Failure & { name?: unknown })[];
  const isPlatforms =
    typeof syscall === "string" || platformCodes.test(String(code)) || certificateCodes.test(String(code));
  const text =
    isPlatforms && !String(message).includes("://") ? String(message) : `The transport failed: ${code}.`;
  const cause = new Error(typeof code === "string" ? text : "The transport failed without a code.");
  cause.name = typeof name === "string" ? name : "Error";
  return typeof code === "string" ? Object.assign(cause, { code }) : cause;
}
