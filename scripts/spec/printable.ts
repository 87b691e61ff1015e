/** A vendor's text in one line, without the control characters that could move a terminal's cursor. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
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
