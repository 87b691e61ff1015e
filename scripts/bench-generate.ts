import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { largeDocument } from "./bench-generate/large-document.ts";
import { parseDocument } from "./document/document.ts";
import { correctionsPath, generateFrom, publishedPath, readLayout } from "./generate/generate-files.ts";
import { runScript } from "./run-script.ts";
import { pullDocument } from "./spec/pull/pull-document.ts";

const usage = `Usage: npm run bench:generate [-- --rounds N]

Measures the generation and a pull with 2,000 more schemas in the document, and writes into docs/vendor-document.md how
much longer they take.

  --rounds N  how often each is measured; the medians count (default: 3)`;

const page = "docs/vendor-document.md";
const schemas = 2_000;
const [begin, end] = ["<!-- generation -->\n", "<!-- /generation -->"];

await runScript(usage, async () => {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });
  const folder = await mkdtemp(join(tmpdir(), "bench-generate-"));
  const today = await readFile(publishedPath, "utf8");
  const large = stringify(largeDocument(parseDocument(today, publishedPath), schemas), {
    aliasDuplicateObjects: false,
  });
  const [corrections, layout] = [await readFile(correctionsPath, "utf8"), await readLayout(".")];
  const generate = (text: string) => () => generateFrom(text, corrections, layout);
  const pull = async (name: string, text: string) => {
    const from = join(folder, name);
    await writeFile(from, text);
    return () => pullDocument({ root: ".", from });
  };
  const runs = {
    "generate today's": generate(today),
    "generate 2,000 more": generate(large),
    // The document that is here already is nothing new: one with another title is.
    "pull today's": await pull("today.yaml", today.replace(/^ {2}title: .*$/m, "$& (again)")),
    "pull 2,000 more": await pull("large.yaml", large),
  };
  const times = new Map<string, number[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, run] of Object.entries(runs)) {
      const startMs = performance.now();
      await run();
      const seconds = (performance.now() - startMs) / 1_000;
      times.set(name, [...(times.get(name) ?? []), seconds]);
      console.log(`${name.padEnd(20)} ${seconds.toFixed(1)} s`);
    }
  }
  await rm(folder, { recursive: true });
  const median = (name: keyof typeof runs): number => middle(times.get(name) ?? []);
  const ratio = (what: "generate" | "pull"): string =>
    `${(median(`${what} 2,000 more`) / median(`${what} today's`)).toFixed(1)} × (${median(`${what} 2,000 more`).toFixed(1)} s)`;
  const text = [
    `With 2,000 schemas more, the generation takes ${ratio("generate")} the time that it takes of today's document, and a pull`,
    `${ratio("pull")}: \`npm run bench:generate\`, medians of ${values.rounds} rounds on Node ${process.versions.node}, ${machine()}.`,
    "Machines are noisy: read ratios.",
  ].join("\n");
  const [before, rest] = (await readFile(page, "utf8")).split(begin);
  const after = rest?.slice(rest.indexOf(end));
  if (!after?.startsWith(end)) throw new Error(`${page} has no place for the time of a generation.`);
  await writeFile(page, `${before}${begin}${text}\n${after}`);
  console.log(`\n${text}`);
  return 0;
});

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function machine(): string {
  const models = cpus().map(({ model }) => model.trim());
  return `${models.length} × ${models[0]}, ${platform()} ${arch()}, ${new Date().toISOString().slice(0, 10)}`;
}
