/** Methods that do something each time they are sent. */
export function isUnsafe(method: string): boolean {
  return method === "POST" || method === "PATCH";
}

/**
 * Whether the server may have carried out a request that it answers with this status. A 4xx says that it has not, but for
 * the 408, and the 499 of a proxy that takes its client for gone. A network error that is given as a response has status 0.
 */
export function mayHaveActed(status: number): boolean {
  return status < 400 || status === 408 || status === 499 || status >= 500;
}
