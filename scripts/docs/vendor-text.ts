/** What could mean something in Markdown, in HTML, in a template of Vue or in a comment of TypeScript. */
const special = /[\\`*_~^$|<>{}[\]#&@=]|:(?=:)/g;

/** What could mean something at the beginning of a line: a list, or a line under a heading. */
const specialAtStart = /^(?:[-+]|\d+(?=[.)]))/;

/** Code that is as harmless in Markdown as it looks. */
const code = /(`[^`<\n]+`)/;

/**
 * The vendor's words as Markdown that shows them as they are. Code in backticks stays code, and everything else loses
 * its meaning: nobody checks what a document says before it is a page.
 */
export function vendorText(words: string): string {
  return words.trim().split("\n").map(line).join("\n");
}

/** The same in one line, for a list or a heading. */
export function vendorLine(words: string): string {
  return line(words.replace(/\s+/g, " "));
}

/** A value of the vendor's as code. Code can't be escaped, so what would end it or start something becomes text. */
export function vendorCode(value: unknown): string {
  const words = typeof value === "string" ? value : JSON.stringify(value);
  return code.exec(`\`${words}\``)?.[0] === `\`${words}\`` ? `\`${words}\`` : vendorLine(words);
}

function line(words: string): string {
  return words
    .trim()
    .split(code)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(special, entity)))
    .join("")
    .replace(specialAtStart, (start) => entity(start[0] ?? "") + start.slice(1));
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
