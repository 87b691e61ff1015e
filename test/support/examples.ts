import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { snippetsIn } from "../../scripts/generate/usages/snippets.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

export interface Example {
  /** Where it stands, such as `README.md:20`. */
  readonly place: string;
  readonly code: string;
}

/** Every TypeScript block of a Markdown text or a source file's comments. */
export function examplesIn(path: string): Example[] {
  return snippetsIn(readFileSync(join(projectRoot, path), "utf8")).map(({ line, lines }) => ({
    place: `${path}:${line + 1}`,
    code: lines.map(({ code }) => code).join("\n"),
  }));
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
