/** The code of an error in brackets, after a blank, such as ` (ENOENT)`; nothing where it has none. */
export function codeOf(error: unknown): string {
  const { code } = Object(error);
  return typeof code === "string" ? ` (${code})` : "";
}
