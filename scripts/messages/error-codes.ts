import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageTextsOf } from "./message-texts.ts";

export const errorCodesPath = "docs/error-codes.md";

/** The number of each text, and the least that no text ever had. */
export interface ErrorCodes {
  readonly numbers: ReadonlyMap<string, number>;
  readonly next: number;
}

/** What no bundle for browsers holds. */
const elsewhere = /^(cli|testing|otel|stores|generated)\b|^wrapper\/transport\/node\b/;

/**
 * The page that lists the texts of the package, each with the number that stands for it in a production bundle for
 * browsers. A text keeps its number, and a number is not used again. Undefined in a project without such texts.
 */
export async function errorCodesPage(root: string): Promise<string | undefined> {
  const names = await readdir(join(root, "src"), { recursive: true }).catch((): string[] => []);
  const paths = names.map((name) => name.replaceAll("\\", "/")).sort();
  const sources = paths.filter((path) => path.endsWith(".ts") && !elsewhere.test(path));
  const texts = new Set<string>();
  for (const path of sources) {
    const source = await readFile(join(root, "src", path), "utf8");
    for (const { text } of messageTextsOf(source, path)) texts.add(text);
  }
  return texts.size === 0 ? undefined : render([...texts], await readErrorCodes(root));
}

/** The numbers that the page gives. */
export async function readErrorCodes(root: string): Promise<ErrorCodes> {
  const page = await readFile(join(root, errorCodesPath), "utf8").catch(() => "");
  const rows = [...page.matchAll(/^\| (\d+) \| `` (.*) `` \|\r?$/gm)];
  const [, next = "1"] = /^<!-- next: (\d+) -->/m.exec(page) ?? [];
  return {
    numbers: new Map(rows.map(([, number, text = ""]) => [text.replaceAll("\\|", "|"), Number(number)])),
    next: Number(next),
  };
}

function render(texts: readonly string[], { numbers, next }: ErrorCodes): string {
  const rows = texts.map((text): [number: number, text: string] => {
    return [numbers.get(text) ?? next++, text];
  });
  const lines = rows
    .sort(([one], [other]) => one - other)
    .map(([number, text]) => `| ${number} | \`\` ${text.replaceAll("|", "\\|")} \`\` |`);
  return `# Error codes

In a production bundle for browsers, a \`ConfigurationError\` or \`InvalidRequestError\` has a number in place of its text, which saves
kilobytes: \`Error 12, baseUrl.\` After the number comes what is put into the text, in its order; a number with \`#\` is a text too. The class
and \`code\` of the error are the same, and so is what is refused. Everywhere else, and with a bundler's development build, the text is
there in full. [Where it runs](runtimes.md#bundles-for-browsers) says which bundles are meant.

| number | text |
|---|---|
${lines.join("\n")}

<!-- next: ${next} -->
`;
}
