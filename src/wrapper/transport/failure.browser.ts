/** A browser says of no failure at which stage it came, so that every request may have been sent. */
export function failedBeforeSending(_error: unknown, _url: string): boolean {
  return false;
}

/** The parts of a failure that are safe to expose as `cause`: a browser's message may name the URL. */
export function describeFailure(error: unknown): Error {
  const failure = error instanceof Error ? error : undefined;
  const { code } = (failure?.cause ?? failure ?? {}) as { readonly code?: unknown };
  const hasCode = typeof code === "string";
  const cause = new Error(
    hasCode ? `The transport failed: ${code}.` : "The transport failed without a code.",
  );
  cause.name = failure?.name ?? "Error";
  return hasCode ? Object.assign(cause, { code }) : cause;
}
