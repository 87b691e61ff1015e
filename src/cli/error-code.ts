/** The code of an error in brackets, after a blank, such as ` (ENOENT)`; nothing where it has none. */
export function codeOf(error: unknown): string {
  const { code, message } = Object(error);
  if (typeof code === "string") return ` (${code})`;
  // A reply of Redis begins with it.
  const [reply] = /^[A-Z]{3,}(?= )/.exec(String(message)) ?? [];
  return reply === undefined ? "" : ` (${reply})`;
}
