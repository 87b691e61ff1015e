/** A line that nobody reads to its end says no more than a shorter one. */
const maxCharacters = 500;

/** A vendor's text in one line, without the control characters that could move a terminal's cursor. */
export function printable(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters)}…` : line;
}

/** A message in which every word that is put in stays in its line, whoever wrote it. */
export function message(strings: TemplateStringsArray, ...values: readonly unknown[]): string {
  return strings.reduce((text, part, index) => text + printable(String(values[index - 1])) + part);
}
