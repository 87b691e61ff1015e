import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { readErrorCodes } from "../messages/error-codes.ts";
import { type MessageText, messageTextsOf } from "../messages/message-texts.ts";

const shortText = resolve("src/wrapper/short-text.browser.ts");

/**
 * What a production bundle for browsers is built from: of `name.ts` the `name.browser.ts` beside it, where there is one,
 * and of the texts of errors their numbers in `docs/error-codes.md`. A text without a number stays.
 */
export async function browserSources(): Promise<Plugin> {
  const { numbers } = await readErrorCodes(".");
  return {
    name: "sources for browsers",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#transport$/ }, () => ({
        path: resolve("src/wrapper/transport/web.browser.ts"),
        sideEffects: false,
      }));
      onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, importer }) => {
        const variant = join(resolveDir, path.replace(/\.ts$/, ".browser.ts"));
        // One that uses what it takes the place of has that itself.
        return variant === importer || !existsSync(variant)
          ? undefined
          : { path: variant, sideEffects: false };
      });
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => ({
        contents: withNumbers(await readFile(path, "utf8"), path, numbers),
        loader: "ts",
      }));
    },
  };
}

/** The source with numbers in place of its texts. Each line stays where it is, for the source map. */
function withNumbers(source: string, path: string, numbers: ReadonlyMap<string, number>): string {
  let result = source;
  let isChanged = false;
  for (const message of messageTextsOf(source, path).reverse()) {
    const number = numbers.get(message.text);
    if (number === undefined) continue;
    const breaks = source.slice(message.start, message.end).replace(/[^\n]/g, "");
    result = result.slice(0, message.start) + numbered(message, number) + breaks + result.slice(message.end);
    isChanged = true;
  }
  return isChanged ? `import { shortText as $short } from ${JSON.stringify(shortText)}; ${result}` : source;
}

function numbered({ isPart, inserted }: MessageText, number: number): string {
  return isPart ? `"#${number}"` : `$short(${[number, ...inserted].join(", ")})`;
}
