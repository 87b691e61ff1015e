import { printable } from "../document/message.ts";

/**
 * A text as Markdown in one line: nobody is mentioned, nothing is a tag, a link or a picture, and a table stays whole.
 * Words between single backticks stay code, in which nothing is rendered.
 */
export function markdown(text: string): string {
  // A run of backticks, or one without a partner, would begin or end code in another place than it seems to.
  const single = printable(text).replace(/`{2,}/g, "'");
  const parts = single.split("`");
  const spans = parts.length % 2 === 1 ? parts : [single.replaceAll("`", "'")];
  return spans
    .map((part, index) => (index % 2 === 1 ? part : escapeProse(part)))
    .join("`")
    .replaceAll("|", "\\|");
}

/** A word of the vendor's as code. */
export function code(text: string): string {
  return markdown(`\`${text.replaceAll("`", "'")}\``);
}

/** GitHub looks for names, numbers and addresses in what is shown: an invisible character keeps them apart. */
function escapeProse(text: string): string {
  return text.replace(/[&<@]|:\/\/|\bwww\.|#(?=\d)|[[\]*_#!~\\>]/gi, (found) => {
    if (found === "&") return "&amp;";
    if (found === "<") return "&lt;";
    if (found === "@") return "@&#8203;";
    if (found === "://") return ":&#8203;//";
    if (found.length === 4) return `${found.slice(0, 3)}&#8203;.`;
    return found === "#" ? "\\#&#8203;" : `\\${found}`;
  });
}
