import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Consumer, createConsumer } from "../../scripts/package/packed.ts";
import { projectRoot } from "../../scripts/package/project-root.ts";
import { compile, type Programs, resolvers, writePrograms } from "../../scripts/test-package/compile.ts";

const compiler = join(projectRoot, "node_modules", "typescript");
const timeoutMs = 120_000;

let consumer: Consumer;
let programs: Programs;

beforeAll(async () => {
  consumer = await createConsumer();
  programs = await writePrograms(consumer.folder);
}, timeoutMs);
afterAll(() => consumer.remove());

/** Two ways with the project's own compiler. `npm run test:package` has all of them, with every TypeScript since 5.4. */
const sample = resolvers.filter(({ title }) => ["bundler", "nodenext without DOM"].includes(title));

describe("the declarations of the packed package", () => {
  for (const resolver of sample) {
    test(`compile for a consumer under ${resolver.title}, without skipping any`, {
      timeout: timeoutMs,
    }, async () => {
      expect(await compile(compiler, consumer.folder, resolver, programs[resolver.files])).toBe("");
    });
  }

  test("are looked at: a mistake in a consumer is found", { timeout: timeoutMs }, async () => {
    await writeFile(join(consumer.folder, "mistake.mts"), 'export { nothing } from "juniper-fulfillment";\n');
    const [resolver = { flags: [] }] = sample;
    const output = await compile(compiler, consumer.folder, resolver, ["mistake.mts"]);
    expect(output).toContain("has no exported member 'nothing'");
  });
});
