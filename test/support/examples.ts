import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../scripts/package/project-root.ts";

export interface Example {
  /** Where it stands, such as `README.md:20`. */
  readonly place: string;
  readonly code: string;
}

/** Every TypeScript block of a Markdown text or a source file's comments. */
export function examplesIn(path: string): Example[] {
  const lines = readFileSync(join(projectRoot, path), "utf8").split(/\r?\n/);
  const examples: Example[] = [];
  let start = -1;
  for (const [index, line] of lines.entries()) {
    const text = line.replace(/^\s*\* ?/, "");
    if (start === -1 && text === "```ts") start = index + 1;
    else if (start !== -1 && text === "```") {
      const code = lines.slice(start, index).map((codeLine) => codeLine.replace(/^\s*\* ?/, ""));
      const isComment = /^\s*\*/.test(line);
      examples.push({
        place: `${path}:${start + 1}`,
        code: (isComment ? code : lines.slice(start, index)).join("\n"),
      });
      start = -1;
    }
  }
  return examples;
}

/** Every example of the README, the sources and other documents. */
export function allExamples(): Example[] {
  return ["README.md", ...sourceFiles()].flatMap(examplesIn);
}

/** The hand-written sources, relative to the project. */
export function sourceFiles(): string[] {
  return readdirSync(join(projectRoot, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.startsWith("src/generated/"));
}
