/** A message that is a number suggests nothing. */
export function suggestion(_name: string, _known: readonly string[]): string {
  return "";
}
