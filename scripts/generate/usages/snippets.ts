/** A TypeScript block of a Markdown text or of a source file's comments. */
export interface Snippet {
  /** The number of its first line, from 0. */
  readonly line: number;
  /** Its lines, and what stands before each in the text: the margin of a comment. */
  readonly lines: readonly { readonly margin: string; readonly code: string }[];
}

const margin = /^\s*\* ?/;

/** Every TypeScript block, in the text's order. */
export function snippetsIn(text: string): Snippet[] {
  const lines = text.split(/\r?\n/);
  const snippets: Snippet[] = [];
  let start = -1;
  for (const [index, line] of lines.entries()) {
    const content = line.replace(margin, "");
    if (start === -1 && content === "```ts") start = index + 1;
    else if (start !== -1 && content === "```") {
      const isComment = /^\s*\*/.test(line);
      const split = (whole: string) => {
        const cut = isComment ? (margin.exec(whole)?.[0].length ?? 0) : 0;
        return { margin: whole.slice(0, cut), code: whole.slice(cut) };
      };
      snippets.push({ line: start, lines: lines.slice(start, index).map(split) });
      start = -1;
    }
  }
  return snippets;
}
