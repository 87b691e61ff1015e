import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type JsonObject } from "../document/document.ts";
import { type SitePage, slugOf } from "./pages.ts";
import { type ReferenceTask, referenceTasks } from "./reference-tasks.ts";
import { writeTypeScriptReference } from "./typescript-reference.ts";

/**
 * The reference of everything that the package exports: a page for each task, and one that lists them all. `schema` is
 * the text of `src/generated/schema.ts`, which was generated from the corrected document.
 */
export async function typeScriptPages(corrected: JsonObject, schema: string): Promise<SitePage[]> {
  const tasks = await referenceTasks();
  const folder = await mkdtemp(join(tmpdir(), "typescript-reference-"));
  try {
    await writeTypeScriptReference(tasks, { schema, sentences: schemaSentences(corrected) }, folder);
    const pages = await Promise.all(
      tasks.map(async (task) => taskPage(task, await readFile(join(folder, `${task.name}.md`), "utf8"))),
    );
    return [overviewPage(pages), ...pages.map((page) => withRightAnchors(page, pages))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the document says of each schema, or that it says nothing. */
function schemaSentences({ components }: JsonObject): Map<string, string> {
  const schemas = isObject(components) && isObject(components.schemas) ? components.schemas : {};
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const words = isObject(schema) ? schema.description : undefined;
      const sentence = typeof words === "string" ? words : `The schema \`${name}\` of the document.`;
      return [name, sentence.replace(/\s+/g, " ")];
    }),
  );
}

function taskPage({ name, title, from }: ReferenceTask, text: string): SitePage {
  const intro = `# TypeScript: ${title}\n\n\`\`\`ts\nimport { … } from "${from}";\n\`\`\`\n\n`;
  return {
    path: `typescript/${name}.md`,
    section: "Reference",
    group: "TypeScript",
    title,
    text: intro + text,
  };
}

function overviewPage(pages: readonly SitePage[]): SitePage {
  const parts = pages.map(({ path, title, text }) => {
    const file = path.replace("typescript/", "");
    const names = [...text.matchAll(/^### (.+)$/gm)].map(
      ([, heading = ""]) => `[${heading.replace(/^`abstract` /, "")}](${file}#${slugOf(heading)})`,
    );
    return `## [${title}](${file})\n\n${names.join(", ")}\n`;
  });
  const text = `# TypeScript\n\nEverything that the package exports, by task.\n\n${parts.join("\n")}`;
  return {
    path: "typescript/index.md",
    section: "Reference",
    group: "TypeScript",
    title: "All exports",
    text,
  };
}

/**
 * The plugin takes `StoredOrder.status` and `StoredOrderStatus` for one anchor, and gives one of them a number that its
 * heading doesn't have.
 */
function withRightAnchors(page: SitePage, pages: readonly SitePage[]): SitePage {
  const text = page.text.replace(/\(([\w.-]*)#([\w-]+)-1\)/g, (link, file, anchor) => {
    const target = file === "" ? page : pages.find(({ path }) => path === `typescript/${file}`);
    const headings = [...(target?.text ?? "").matchAll(/^#+ (.+)$/gm)];
    const count = headings.filter(([, heading = ""]) => slugOf(heading) === anchor).length;
    return count === 1 ? `(${file}#${anchor})` : link;
  });
  return { ...page, text };
}
