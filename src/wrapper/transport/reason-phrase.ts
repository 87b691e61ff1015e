/**
 * A reason phrase that `new Response` takes. It is of no use to a program, so an odd one must not cost the response.
 *
 * undici reads it as UTF-8, and fetch as Latin-1 (WHATWG Fetch, "isomorphic decode").
 */
export function reasonPhrase(text: string): string {
  if (isReasonPhrase(text)) return text;
  const latin1 = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
  return isReasonPhrase(latin1) ? latin1 : "";
}

/** RFC 9112, section 4. */
function isReasonPhrase(text: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text);
}
