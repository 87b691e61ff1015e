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

/** The same for Markdown: nobody is mentioned, nothing is a tag, and a table stays whole. Code spans stay code. */
export function markdown(text: string): string {
  return printable(text)
    .split("`")
    .map((part, index) => (index % 2 === 1 ? part : escapeProse(part)))
    .join("`")
    .replaceAll("|", "\\|");
}

function escapeProse(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("@", "&#64;")
    .replace(/([[\]*_#!])/g, "\\$1");
}
