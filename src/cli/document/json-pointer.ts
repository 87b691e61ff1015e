/** The fragment form of a JSON Pointer (RFC 6901), such as `#/paths/~1orders/get`. */
export function pointerOf(tokens: readonly string[], base = "#"): string {
  return [base, ...tokens.map(escapeToken)].join("/");
}

/** The tokens of a pointer or of a reference within a document: `#/paths/~1orders` is `["paths", "/orders"]`. */
export function tokensOf(pointer: string): string[] {
  const path = pointer.replace(/^#/, "");
  return path === "" ? [] : path.slice(1).split("/").map(unescapeToken);
}

/** A pointer as a URI holds it: what a reference may not hold as it stands is percent-encoded. */
export function referenceOf(pointer: string): string {
  return pointer.split("/").map(encodeToken).join("/");
}

function escapeToken(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

function unescapeToken(token: string): string {
  return decode(token).replaceAll("~1", "/").replaceAll("~0", "~");
}

function encodeToken(token: string, index: number): string {
  return index === 0 && token === "#" ? token : encodeURIComponent(token);
}

/** A percent sign that encodes nothing stands for itself. */
function decode(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
