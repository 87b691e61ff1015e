import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { snippetsIn } from "../../scripts/generate/usages/snippets.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";

export interface Example {
  /** Where it stands, such as `README.md:20`. */
  readonly place: string;
  readonly code: string;
  /** The file that it is to be saved as, and that others of the same document import: its first line, `// order.ts`. */
  readonly name?: string | undefined;
}

/** Every TypeScript block of a Markdown text or a source file's comments. */
export function examplesIn(path: string): Example[] {
  return snippetsIn(readFileSync(join(projectRoot, path), "utf8")).map(({ line, lines }) => ({
    place: `${path}:${line + 1}`,
    code: lines.map(({ code }) => code).join("\n"),
    name: /^\/\/ ([\w.-]+\.m?[jt]s)$/.exec(lines[0]?.code ?? "")?.[1],
  }));
}

/** Every example of the README, the sources and other documents. */
export function allExamples(): Example[] {
  return [...markdownFiles(), ...sourceFiles()].flatMap(examplesIn);
}

/** Every Markdown file that a user reads, relative to the project. */
export function markdownFiles(): string[] {
  return ["", "docs/", "examples/", "bench/", ".github/"].flatMap((folder) =>
    filesIn(folder, folder !== "").filter((path) => path.endsWith(".md")),
  );
}

/** What is installed is left out: `bench/node_modules` has a link to the project itself, which has no end. */
function filesIn(folder: string, isDeep: boolean): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [folder + entry.name];
    const isOurs = isDeep && entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".nodes";
    return isOurs ? filesIn(`${folder}${entry.name}/`, true) : [];
  });
}

/** The hand-written sources, relative to the project. */
export function sourceFiles(): string[] {
  return readdirSync(join(projectRoot, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.startsWith("src/generated/"));
}
