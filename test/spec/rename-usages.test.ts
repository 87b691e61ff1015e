import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateFiles } from "../../scripts/generate/generate-files.ts";
import { followSpellings } from "../../scripts/generate/usages/follow-spellings.ts";
import { writeFiles } from "../../scripts/generate/write-files.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { retireCorrections } from "../../scripts/spec/pull/retire-corrections.ts";

const overlay = "openapi/corrections.yaml";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "usages-"));
  await cp(join(projectRoot, "test/fixtures/generation"), root, { recursive: true });
  await write(
    "tsconfig.json",
    '{ "compilerOptions": { "module": "nodenext", "strict": true }, "include": ["src"] }',
  );
  await write(
    "src/index.ts",
    'import type { components } from "./generated/schema.js";\nexport type Parcel = components["schemas"]["Parcel"];\n',
  );
  await writeFiles(root, (await generateFiles(root)).files);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** What is renamed when JH-01 goes, by which the `zip` of a parcel is `zipCode` for users. */
async function renamedIn(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const corrections = await readFile(join(root, overlay), "utf8");
  await write(overlay, retireCorrections(corrections, ["JH-01"]));
  return Object.fromEntries((await followSpellings(root, await generateFiles(root))).files);
}

describe("when a correction goes, the vendor's name comes back", () => {
  test("wherever the types say that it is that field, and nowhere else", async () => {
    const usages = (name: string, short: string): string =>
      [
        'import type { Parcel } from "./index.js";',
        "const zipCode = '1';",
        `export const made = { ${short} } as const satisfies Partial<Parcel>;`,
        `export const read = ({ ${name}: code }: Parcel, other: Parcel) => code + other.${name} + other["${name}"];`,
        "export const elsewhere: { zipCode: string } = { zipCode };",
        "",
      ].join("\n");
    const files = { "src/usages.ts": usages("zipCode", "zipCode") };
    expect(await renamedIn(files)).toEqual({ "src/usages.ts": usages("zip", "zip: zipCode") });
  });

  test("in the snippets of documents and comments too, whose prose and margins stay", async () => {
    const readme = (name: string): string =>
      [
        "The zipCode, and so on.",
        "```ts",
        'import type { Parcel } from "juniper-fulfillment";',
        "",
        `export const read = (parcel: Parcel) => parcel.${name};`,
        "```",
        "<!-- corrections -->",
        "<!-- /corrections -->",
        "",
      ].join("\n");
    const source = (name: string): string =>
      `/**\n * \`\`\`ts\n * import type { Parcel } from "juniper-fulfillment";\n *\n *   declare const { ${name} }: Parcel;\n * \`\`\`\n */\nexport {};\n`;
    const renamed = await renamedIn({
      "README.md": readme("zipCode"),
      "src/documented.ts": source("zipCode"),
    });
    expect(renamed["README.md"]).toContain(readme("zip").split("<!--")[0]);
    expect(renamed["README.md"]).not.toContain("| JH-01 |");
    expect(renamed["src/documented.ts"]).toBe(source("zip: zipCode"));
  });

  test("in types and calls that name it as a string", async () => {
    const usages = (name: string): string =>
      [
        'import type { Parcel } from "./index.js";',
        `export type Picked = Pick<Parcel, "kind" | "${name}">;`,
        `export type Left = Omit<Parcel, "${name}">;`,
        `export type Indexed = Parcel["${name}"] | Parcel["kind" | "${name}"];`,
        `export type Excluded = Exclude<keyof Parcel, "${name}">;`,
        `export interface Made extends Omit<Parcel, "${name}"> {}`,
        "declare function pluck<T, K extends keyof T>(from: T | undefined, ...keys: K[]): T[K];",
        `export const plucked = (parcel?: Parcel) => pluck(parcel, "kind", "${name}");`,
        `export const kept = (parcel: Parcel) => "${name}" in parcel && Object.hasOwn(parcel, "${name}");`,
        'export type Elsewhere = Pick<{ zipCode: string; kind: string }, "zipCode">;',
        "declare function say(...words: unknown[]): void;",
        'export const told = (parcel: Parcel) => say("zipCode", parcel);',
        "",
      ].join("\n");
    expect(await renamedIn({ "src/usages.ts": usages("zipCode") })).toEqual({
      "src/usages.ts": usages("zip"),
    });
  });

  test("and what may name it is listed by file and line, and left as it is", async () => {
    await write(
      "src/usages.ts",
      [
        'import type { Parcel } from "./index.js";',
        'type Key = "kind" | "zipCode";',
        "export type Picked = Pick<Parcel, Key>;",
        'export const key: Key = "zipCode";',
        'export const words = "zipCode";',
        "",
      ].join("\n"),
    );
    const corrections = await readFile(join(root, overlay), "utf8");
    await write(overlay, retireCorrections(corrections, ["JH-01"]));
    const { files, doubtful } = await followSpellings(root, await generateFiles(root));
    expect(files.get("src/usages.ts")).toBeUndefined();
    const tail = 'says "zipCode". If that is the field which is `zip` now, edit it by hand.';
    expect(doubtful).toEqual([`src/usages.ts:2 ${tail}`, `src/usages.ts:4 ${tail}`]);
  });

  test("and nothing is renamed when no spelling changes", async () => {
    await write(
      "src/usages.ts",
      'import type { Parcel } from "./index.js";\nexport const of = (parcel: Parcel) => parcel.zipCode;\n',
    );
    const { files, doubtful } = await followSpellings(root, await generateFiles(root));
    expect([...files, ...doubtful]).toEqual([]);
  });
});
