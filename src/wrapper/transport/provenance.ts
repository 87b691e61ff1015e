/** What the platform says of a response that was fetched, and `new Response` can't be told. */
type Provenance = Pick<Response, "url" | "type" | "redirected">;

/** The response, as one that came from there. Its clones say so too, as those of the platform do. */
export function withProvenance(response: Response, { url, type, redirected }: Provenance): Response {
  const provenance = { url, type, redirected };
  const clone = (): Response => withProvenance(Response.prototype.clone.call(response), provenance);
  return Object.defineProperties(response, {
    url: { value: url },
    type: { value: type },
    redirected: { value: redirected },
    clone: { value: clone, configurable: true, writable: true },
  });
}
